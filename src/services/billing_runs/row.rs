//! A billing run's row: begun, counted up, finished, and told to the log.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    BillingRunId, BillingRunStatus, EventKind, SubscriptionId, billing_run, billing_run::Amounts,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::OnConflict,
};

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::{
        billing::Billed,
        unit::{Unit, locked},
    },
    store::statement::is_exactly,
};

/// The version of a run that has begun, and of which nobody has counted yet what is due.
pub(crate) const FIRST_VERSION: i64 = 1;
/// After how many subscriptions the log is told how far a run is.
const TELL_EVERY: i32 = 500;

/// What a part of a run has done, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Subscriptions of which nothing more is due.
    pub(crate) billed: usize,
    pub(crate) held: usize,
    pub(crate) lines: usize,
    pub(crate) documents: usize,
    /// What the lines come to without tax, in minor units by currency.
    pub(crate) net_amounts: BTreeMap<String, i64>,
    /// How far a dry run has come.
    pub(crate) counted_until: Option<(DateTime<Utc>, SubscriptionId)>,
}

impl Tally {
    /// Counts the lines of a subscription.
    pub(crate) fn take_lines(&mut self, currency: &str, billed: Billed) {
        self.lines += billed.lines;
        if billed.lines > 0 {
            let amount = BTreeMap::from([(currency.to_owned(), billed.net_amount)]);
            add_amounts(&mut self.net_amounts, amount);
        }
    }

    /// Adds what another part has done.
    pub(crate) fn take_in(&mut self, other: Self) {
        self.billed += other.billed;
        self.held += other.held;
        self.lines += other.lines;
        self.documents += other.documents;
        add_amounts(&mut self.net_amounts, other.net_amounts);
        self.counted_until = other.counted_until.or(self.counted_until);
    }
}

/// Begins a run by the viewer and tells the log. Gives the one that runs if this is not a dry run and there is one.
pub(crate) async fn begin(
    unit: &Unit,
    as_of: DateTime<Utc>,
    dry_run: bool,
) -> Outcome<BillingRunId> {
    let run = billing_run::Model {
        id: BillingRunId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        as_of,
        dry_run,
        status: BillingRunStatus::Running,
        started_by: unit.viewer.subject.clone(),
        subscriptions_due: 0,
        subscriptions_billed: 0,
        subscriptions_held: 0,
        lines_written: 0,
        documents_issued: 0,
        net_amounts: None,
        counted_until: None,
        counted_until_id: None,
        finished_at: None,
        version: FIRST_VERSION,
        created_at: unit.now,
        updated_at: unit.now,
    };
    // Waits for another one that is being begun.
    let inserted = billing_run::Entity::insert(run.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&unit.txn)
        .await;
    match inserted {
        Ok(0) | Err(DbErr::RecordNotInserted) => return Ok(running(unit).await?.id),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let event = about(EventKind::BillingRunStarted, &run)
        .with_statuses(None, BillingRunStatus::Running.as_str());
    unit.record(event).await?;
    Ok(run.id)
}

/// The tenant's run that is not dry and has not finished.
async fn running(unit: &Unit) -> Outcome<billing_run::Model> {
    let running = billing_run::Entity::find()
        .filter(billing_run::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(is_exactly(billing_run::Column::Status, BillingRunStatus::Running))
        .filter(billing_run::Column::DryRun.eq(false))
        .one(&unit.txn)
        .await?;
    Ok(running.ok_or_else(|| anyhow::anyhow!("a billing run hindered another and is gone"))?)
}

/// Writes down how many subscriptions are due.
pub(crate) async fn count(unit: &Unit, id: BillingRunId, due: u64) -> Outcome<()> {
    let mut run = lock(unit, id).await?;
    run.subscriptions_due = i32::try_from(due).unwrap_or(i32::MAX);
    save(unit, &mut run).await
}

/// Counts what was done, beside what was done. The run's row is locked last of all.
pub(crate) async fn add(unit: &Unit, id: BillingRunId, tally: Tally) -> Outcome<()> {
    let mut run = lock(unit, id).await?;
    let before = done(&run);
    add_to(&mut run.subscriptions_billed, tally.billed);
    add_to(&mut run.subscriptions_held, tally.held);
    add_to(&mut run.lines_written, tally.lines);
    add_to(&mut run.documents_issued, tally.documents);
    let Amounts(amounts) = run.net_amounts.get_or_insert_default();
    add_amounts(amounts, tally.net_amounts);
    if let Some((at, id)) = tally.counted_until {
        (run.counted_until, run.counted_until_id) = (Some(at), Some(id));
    }
    if done(&run) / TELL_EVERY > before / TELL_EVERY {
        unit.record(about(EventKind::BillingRunProgressed, &run)).await?;
    }
    save(unit, &mut run).await
}

/// Ends a run and tells the log.
pub(crate) async fn finish(unit: &Unit, id: BillingRunId) -> Outcome<()> {
    let mut run = lock(unit, id).await?;
    let from = run.status;
    run.status = BillingRunStatus::Finished;
    run.finished_at = Some(unit.now);
    let event = about(EventKind::BillingRunFinished, &run)
        .with_statuses(Some(from.as_str()), run.status.as_str());
    unit.record(event).await?;
    save(unit, &mut run).await
}

async fn lock(unit: &Unit, id: BillingRunId) -> Outcome<billing_run::Model> {
    let row = billing_run::Entity::find_by_id(id)
        .filter(billing_run::Column::TenantId.eq(unit.viewer.tenant_id));
    let run = locked(row).one(&unit.txn).await?;
    Ok(run.ok_or_else(|| anyhow::anyhow!("billing run {id} is gone"))?)
}

async fn save(unit: &Unit, run: &mut billing_run::Model) -> Outcome<()> {
    run.version += 1;
    run.updated_at = unit.now;
    Ok(unit.save(run.clone()).await?)
}

/// With how many subscriptions a run is done.
fn done(run: &billing_run::Model) -> i32 {
    run.subscriptions_billed.saturating_add(run.subscriptions_held)
}

fn add_to(total: &mut i32, more: usize) {
    *total = total.saturating_add(i32::try_from(more).unwrap_or(i32::MAX));
}

fn add_amounts(total: &mut BTreeMap<String, i64>, more: BTreeMap<String, i64>) {
    for (currency, amount) in more {
        let total = total.entry(currency).or_default();
        *total = total.saturating_add(amount);
    }
}

fn about(kind: EventKind, run: &billing_run::Model) -> NewEvent {
    NewEvent::about(kind, Subject::BillingRun(run.id), None, None)
}
