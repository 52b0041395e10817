//! What is due, and what of it comes first.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use entity::{
    BillingRunStatus, CustomerId, InvoiceId, InvoiceStatus, OfferId, SubscriptionId, TenantId,
    billing_run, invoice, subscription, tenant,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::{
    app::App,
    error::Outcome,
    jobs::waiting::{Waiting, oldest_of_each},
    services::{
        billing_runs::{due::due_subscriptions, lateness::check_lateness},
        days,
        seller::Seller,
        unit::Unit,
    },
    store::statement::is_exactly,
};

/// Subscriptions that are billed.
pub(in crate::jobs) const SUBSCRIPTIONS: Waiting = Waiting {
    table: "subscription",
    waits: "next_billing_at IS NOT NULL AND billing_hold_reason IS NULL",
    due: "next_billing_at",
};
const DRAFTS: Waiting = Waiting { table: "invoice", waits: "status = 'DRAFT'", due: "closes_on" };
const RUNS: Waiting =
    Waiting { table: "billing_run", waits: "status = 'RUNNING'", due: "created_at" };

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Billing what is due by a moment, which is the end of a day, or that of which the run is.
    Bill { until: DateTime<Utc> },
    /// Issuing the drafts that close by a day.
    Issue { closed_by: NaiveDate },
}

/// A subscription that is due.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(super) struct Due {
    pub(super) id: SubscriptionId,
    pub(super) customer_id: CustomerId,
    pub(super) offer_id: OfferId,
    pub(super) currency: String,
    pub(super) next_billing_at: DateTime<Utc>,
    /// There where it was on billing hold and has not caught up since.
    pub(super) billing_held_since: Option<DateTime<Utc>>,
}

impl Due {
    /// Refuses to bill it at a moment if it is so late that somebody should look at it first, and nobody has.
    pub(super) async fn check(
        &self,
        unit: &Unit,
        seller: &Seller,
        now: DateTime<Utc>,
    ) -> Outcome<()> {
        if self.billing_held_since.is_some() {
            return Ok(());
        }
        check_lateness(unit, seller, self.offer_id, self.next_billing_at, now).await
    }
}

/// Who has something to do.
pub(super) async fn tenants(app: &App) -> Outcome<BTreeSet<TenantId>> {
    let (connection, now) = (app.store.readers(), app.clock.now());
    let mut found: BTreeSet<TenantId> = BTreeSet::new();
    let subscriptions = oldest_of_each::<DateTime<Utc>>(connection, &SUBSCRIPTIONS).await?;
    found.extend(subscriptions.into_iter().filter(|(_, due)| *due <= now).map(|(id, _)| id));
    let runs = oldest_of_each::<DateTime<Utc>>(connection, &RUNS).await?;
    found.extend(runs.into_iter().map(|(id, _)| id));
    // Nowhere is it a day later than this.
    let latest = (now + TimeDelta::days(1)).date_naive();
    let drafts = oldest_of_each::<NaiveDate>(connection, &DRAFTS).await?;
    let drafts = drafts.into_iter().filter(|(id, day)| *day <= latest && !found.contains(id));
    let drafts: HashMap<_, _> = drafts.collect();
    if !drafts.is_empty() {
        let sellers = tenant::Entity::find()
            .filter(tenant::Column::Id.is_in(drafts.keys().copied()))
            .all(connection)
            .await?;
        for seller in sellers {
            if issued_on(&seller, drafts[&seller.id]) <= days::of(&seller, now)? {
                found.insert(seller.id);
            }
        }
    }
    Ok(found)
}

/// The oldest run, dry or not, that a tenant has and that has not finished.
pub(super) async fn run(
    app: &App,
    tenant_id: TenantId,
    dry_run: bool,
) -> Result<Option<billing_run::Model>, DbErr> {
    billing_run::Entity::find()
        .filter(billing_run::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(billing_run::Column::Status, BillingRunStatus::Running))
        .filter(billing_run::Column::DryRun.eq(dry_run))
        .order_by_asc(billing_run::Column::CreatedAt)
        .order_by_asc(billing_run::Column::Id)
        .one(app.store.readers())
        .await
}

/// How many subscriptions are due at the moment of which a run is.
pub(super) async fn count(app: &App, run: &billing_run::Model) -> Result<u64, DbErr> {
    due_subscriptions(run.tenant_id, run.as_of).count(app.store.readers()).await
}

/// What of all that is due at a moment comes first; none: nothing is due. On each day, its charges come before the issue of
/// what closes then.
pub(super) async fn next(
    app: &App,
    tenant_id: TenantId,
    as_of: DateTime<Utc>,
    put_off: &HashMap<InvoiceId, DateTime<Utc>>,
) -> Outcome<Option<Next>> {
    let connection = app.store.readers();
    let seller = tenant::Entity::find_by_id(tenant_id)
        .one(connection)
        .await?
        .with_context(|| format!("tenant {tenant_id} is gone"))?;
    let oldest = page(connection, tenant_id, as_of, None, 1).await?;
    let to_bill = match oldest.first() {
        Some(due) => Some(days::of(&seller, due.next_billing_at)?),
        None => None,
    };
    let today = days::of(&seller, as_of)?;
    let closed = drafts(tenant_id, put_off).one(connection).await?;
    let to_issue = closed.map(|draft| (issued_on(&seller, draft.closes_on), draft.closes_on));
    let to_issue = to_issue.filter(|(day, _)| *day <= today);
    Ok(match (to_bill, to_issue) {
        (Some(day), Some((issued_on, closed_by))) if issued_on < day => {
            Some(Next::Issue { closed_by })
        }
        (Some(day), _) => Some(Next::Bill { until: end_of(&seller, day)?.min(as_of) }),
        (None, Some((_, closed_by))) => Some(Next::Issue { closed_by }),
        (None, None) => None,
    })
}

/// Subscriptions that are due at a moment, oldest first, after one that is in its place in that order.
pub(super) async fn page(
    connection: &impl ConnectionTrait,
    tenant_id: TenantId,
    until: DateTime<Utc>,
    after: Option<(DateTime<Utc>, SubscriptionId)>,
    limit: u64,
) -> Result<Vec<Due>, DbErr> {
    use subscription::Column::{
        BillingHeldSince, Currency, CustomerId, Id, NextBillingAt, OfferId,
    };
    let after = after.map(|(at, id)| {
        let same = Condition::all().add(NextBillingAt.eq(at)).add(Id.gt(id));
        // The first of the two says where in the index to begin.
        Condition::all()
            .add(NextBillingAt.gte(at))
            .add(Condition::any().add(NextBillingAt.gt(at)).add(same))
    });
    due_subscriptions(tenant_id, until)
        .filter(Condition::all().add_option(after))
        .select_only()
        .columns([Id, CustomerId, OfferId, Currency, NextBillingAt, BillingHeldSince])
        .order_by_asc(NextBillingAt)
        .order_by_asc(Id)
        .limit(limit)
        .into_model()
        .all(connection)
        .await
}

/// The drafts that are not put off, those first that close first.
pub(super) fn drafts(
    tenant_id: TenantId,
    put_off: &HashMap<InvoiceId, DateTime<Utc>>,
) -> Select<invoice::Entity> {
    invoice::Entity::find()
        .filter(invoice::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(invoice::Column::Status, InvoiceStatus::Draft))
        .filter(invoice::Column::Id.is_not_in(put_off.keys().copied()))
        .order_by_asc(invoice::Column::ClosesOn)
        .order_by_asc(invoice::Column::Id)
}

/// When what closes on a day is issued.
fn issued_on(seller: &tenant::Model, closes_on: NaiveDate) -> NaiveDate {
    let grace = Days::new(seller.draft_grace_days.try_into().unwrap_or(0));
    closes_on.checked_add_days(grace).unwrap_or(NaiveDate::MAX)
}

/// The last moment of a day.
pub(super) fn end_of(seller: &tenant::Model, day: NaiveDate) -> Outcome<DateTime<Utc>> {
    let next = day.succ_opt().context("the calendar has ended")?;
    let begins = days::begins(days::zone(&seller.time_zone)?, next)?;
    Ok(begins - TimeDelta::microseconds(1))
}
