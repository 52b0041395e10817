//! What time does: approvals lapse, approval links expire, invoices become overdue, kept answers, old links and old events
//! go.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::viewer::Viewer;
use entity::{
    InvoiceId, OrderStatus, TenantId, event, event_log, idempotency_key, invoice, order, tenant,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{Round, about, count};
use crate::{
    app::App,
    error::Outcome,
    planted::{self, Fault},
    seldom::Seldom,
    services::{
        days,
        invoices::tell_overdue::{TellOverdue, overdue, tell_overdue},
        orders::{
            lapse::{LapseApproval, lapse_approval},
            links::expire::{expire_links, forget_links},
        },
        unit::Unit,
    },
    store::{Lease, Txn, statement::is_exactly},
};

const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// Longer than the pause between two sweeps, so that the same node does the next.
const LEASE_LASTS: Duration = Duration::from_secs(45);
const ORDERS_AT_ONCE: u64 = 500;
const INVOICES_AT_ONCE: u64 = 500;

pub(super) const fn lease() -> Lease {
    Lease::new("sweeps", LEASE_LASTS)
}

pub(super) async fn run(
    app: Arc<App>,
    keep_events_for: Option<TimeDelta>,
    stop: CancellationToken,
) {
    let lease = lease();
    let is_forgetful = planted::is(Fault::RetentionUntold);
    let pause = if is_forgetful { Duration::from_millis(500) } else { SWEEP_EVERY };
    let keep_events_for = is_forgetful.then(|| TimeDelta::seconds(1)).or(keep_events_for);
    let trouble = Seldom::new();
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        let begun = Instant::now();
        let swept = sweep(&app, &lease, keep_events_for).await;
        count(&app, "sweeps", swept.as_ref().copied().map_err(|_| ()), begun);
        if let Err(cause) = swept
            && let Some(untold) = trouble.due()
        {
            error!(?cause, untold, "could not sweep everything; it is tried again");
        }
    }
    if let Err(error) = lease.release(&app.store).await {
        warn!(%error, "could not release the lease of sweeps; it runs out by itself");
    }
}

/// Does one round of everything that is due by the app's clock, or leaves it to the node that does it. What fails keeps
/// nobody else's from being done; the first failure is given at the end.
pub(super) async fn sweep(
    app: &App,
    lease: &Lease,
    keep_events_for: Option<TimeDelta>,
) -> Outcome<Round> {
    let mut outcome = Ok(Round::NothingDue);
    for tenant in tenant::Entity::find().all(app.store.readers()).await? {
        if !lease.hold(&app.store).await? {
            return outcome.and(Ok(Round::DoneElsewhere));
        }
        let swept = sweep_tenant(app, lease, &tenant, keep_events_for).await;
        let swept = swept.map_err(|cause| about(cause, &format!("tenant {}", tenant.id)));
        outcome = outcome.and(swept.map(|()| Round::Done));
    }
    outcome
}

async fn sweep_tenant(
    app: &App,
    lease: &Lease,
    tenant: &tenant::Model,
    keep_events_for: Option<TimeDelta>,
) -> Outcome<()> {
    let lapsed = match tenant.approval_lapse_days {
        Some(days) => {
            lapse_approvals(app, lease, tenant.id, TimeDelta::days(i64::from(days))).await
        }
        None => Ok(()),
    };
    let forgot_events = match keep_events_for {
        Some(age) => forget_events(app, lease, tenant.id, age).await,
        None => Ok(()),
    };
    let overdue = tell_overdue_invoices(app, lease, tenant).await;
    let forgot_answers = forget_answers(app, lease, tenant.id).await;
    let links = sweep_links(app, lease, tenant.id).await;
    lapsed.and(overdue).and(forgot_events).and(forgot_answers).and(links)
}

async fn lapse_approvals(
    app: &App,
    lease: &Lease,
    tenant_id: TenantId,
    after: TimeDelta,
) -> Outcome<()> {
    let submitted_until = app.clock.now() - after;
    let waiting = order::Entity::find()
        .filter(order::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(order::Column::Status, OrderStatus::PendingApproval))
        .filter(order::Column::SubmittedAt.lte(submitted_until))
        .order_by_asc(order::Column::SubmittedAt)
        .limit(ORDERS_AT_ONCE)
        .all(app.store.readers())
        .await?;
    let mut outcome = Ok(());
    for order in waiting {
        let command = LapseApproval { order_id: order.id, submitted_until };
        let lapsed = lapse(app, lease, tenant_id, command).await;
        outcome = outcome.and(lapsed.map_err(|cause| about(cause, &format!("order {}", order.id))));
    }
    outcome
}

async fn lapse(
    app: &App,
    lease: &Lease,
    tenant_id: TenantId,
    command: LapseApproval,
) -> Outcome<()> {
    let order_id = command.order_id;
    let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    if lease.allows(&unit.txn).await? && lapse_approval(&unit, command).await? {
        unit.commit().await?;
        info!(order.id = %order_id, "let the approval of order {order_id} lapse");
    }
    Ok(())
}

async fn tell_overdue_invoices(app: &App, lease: &Lease, tenant: &tenant::Model) -> Outcome<()> {
    let today = days::of(tenant, app.clock.now())?;
    let overdue = overdue(tenant.id, today)
        .select_only()
        .column(invoice::Column::Id)
        .limit(INVOICES_AT_ONCE)
        .into_tuple::<InvoiceId>()
        .all(app.store.readers())
        .await?;
    let mut outcome = Ok(());
    for invoice_id in overdue {
        let told = tell(app, lease, tenant.id, TellOverdue { invoice_id, today }).await;
        outcome = outcome.and(told.map_err(|cause| about(cause, &format!("invoice {invoice_id}"))));
    }
    outcome
}

async fn tell(app: &App, lease: &Lease, tenant_id: TenantId, command: TellOverdue) -> Outcome<()> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    if lease.allows(&unit.txn).await? && tell_overdue(&unit, command).await? {
        unit.commit().await?;
    }
    Ok(())
}

/// A transaction of this job; none if it is another node's by now.
async fn begin(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<Option<Txn>> {
    let txn = app.store.begin(tenant_id).await?;
    Ok(lease.allows(&txn).await?.then_some(txn))
}

async fn forget_answers(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<()> {
    let Some(txn) = begin(app, lease, tenant_id).await? else { return Ok(()) };
    idempotency_key::Entity::delete_many()
        .filter(idempotency_key::Column::TenantId.eq(tenant_id))
        .filter(idempotency_key::Column::ExpiresAt.lte(app.clock.now()))
        .exec(&txn)
        .await?;
    Ok(txn.commit().await?)
}

async fn sweep_links(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<()> {
    let Some(txn) = begin(app, lease, tenant_id).await? else { return Ok(()) };
    let now = app.clock.now();
    expire_links(&txn, tenant_id, now).await?;
    forget_links(&txn, tenant_id, now).await?;
    Ok(txn.commit().await?)
}

/// Deletes events older than `age` from the beginning of the log. Whoever resumes from there is told so.
async fn forget_events(
    app: &App,
    lease: &Lease,
    tenant_id: TenantId,
    age: TimeDelta,
) -> Outcome<()> {
    let Some(txn) = begin(app, lease, tenant_id).await? else { return Ok(()) };
    let first_kept = event::Entity::find()
        .filter(event::Column::TenantId.eq(tenant_id))
        .filter(event::Column::Position.is_not_null())
        .filter(event::Column::OccurredAt.gt(app.clock.now() - age))
        .order_by_asc(event::Column::Position)
        .one(&txn)
        .await?
        .and_then(|event| event.position);
    if planted::is(Fault::RetentionUntold) {
        let forgotten = event::Entity::delete_many()
            .filter(event::Column::TenantId.eq(tenant_id))
            .filter(event::Column::Position.lt(first_kept));
        forgotten.exec(&txn).await?;
        return Ok(txn.commit().await?);
    }
    // `latest + 1` where every event is too old.
    txn.execute_raw(Statement::from_sql_and_values(
        txn.get_database_backend(),
        "UPDATE event_log SET earliest_position = COALESCE($2, latest_position + 1) \
         WHERE tenant_id = $1",
        [tenant_id.into(), first_kept.into()],
    ))
    .await?;
    let Some(log) = event_log::Entity::find_by_id(tenant_id).one(&txn).await? else {
        return Ok(());
    };
    event::Entity::delete_many()
        .filter(event::Column::TenantId.eq(tenant_id))
        .filter(event::Column::Position.lt(log.earliest_position))
        .exec(&txn)
        .await?;
    Ok(txn.commit().await?)
}
