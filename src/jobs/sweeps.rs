//! What time does: approvals lapse, kept answers and old events go.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use entity::{OrderStatus, TenantId, event, event_log, idempotency_key, order, tenant};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    app::App,
    error::Outcome,
    planted::{self, Fault},
    services::{
        orders::lapse::{LapseApproval, lapse_approval},
        unit::Unit,
    },
    store::{Lease, Txn, statement::is_exactly},
    viewer::Viewer,
};

const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// Longer than the pause between two sweeps, so that the same node does the next.
const LEASE_LASTS: Duration = Duration::from_secs(45);
const ORDERS_AT_ONCE: u64 = 500;

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
    while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
        if let Err(error) = sweep(&app, &lease, keep_events_for).await {
            error!(?error, "could not sweep; it will be tried again");
        }
    }
    if let Err(error) = lease.release(&app.store).await {
        warn!(%error, "could not release the lease of sweeps; it runs out by itself");
    }
}

/// Does one round of everything that is due by the app's clock, or none if another node does it.
pub(super) async fn sweep(
    app: &App,
    lease: &Lease,
    keep_events_for: Option<TimeDelta>,
) -> Outcome<()> {
    let tenants = tenant::Entity::find().all(app.store.readers()).await?;
    for tenant in tenants {
        if !lease.hold(&app.store).await? {
            return Ok(());
        }
        if let Some(days) = tenant.approval_lapse_days {
            lapse_approvals(app, lease, tenant.id, TimeDelta::days(i64::from(days))).await?;
        }
        if let Some(age) = keep_events_for {
            forget_events(app, lease, tenant.id, age).await?;
        }
        forget_answers(app, lease, tenant.id).await?;
    }
    Ok(())
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
    for order in waiting {
        let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
        let command = LapseApproval { order_id: order.id, submitted_until };
        if lease.allows(&unit.txn).await? && lapse_approval(&unit, command).await? {
            unit.commit().await?;
            info!(order.id = %order.id, "let the approval of order {} lapse", order.id);
        }
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
