//! A billing run's row: begun, and told to the log.

use chrono::{DateTime, Utc};
use entity::{BillingRunId, BillingRunStatus, EventKind, billing_run};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::OnConflict,
};

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::Unit,
    store::statement::is_exactly,
};

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
        version: 1,
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

pub(crate) fn about(kind: EventKind, run: &billing_run::Model) -> NewEvent {
    NewEvent::about(kind, Subject::BillingRun(run.id), None, None)
}
