//! What time does: approvals lapse, approvers are reminded, approval links and payment agreements expire, invoices become
//! overdue, prices begin and end, kept answers, old links, old mail, old events and old deliveries go.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use domain::viewer::Viewer;
use entity::{
    ApprovalDecision, ApprovalId, InvoiceId, OrderId, OrderStatus, PaymentAgreementId,
    PaymentAgreementStatus, PriceId, TenantId, approval, event, event_log, idempotency_key,
    invoice, order, payment_agreement, price, tenant, webhook_delivery,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, Statement, sea_query::Expr,
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
        mail::forget::forget_mails,
        orders::{
            lapse::{LapseApproval, lapse_approval},
            links::expire::{expire_links, forget_links},
            payments::expire::{ExpirePaymentAgreement, expire_payment_agreement},
            remind::{RemindOfApproval, remind_of_approval},
        },
        prices::follow,
        unit::Unit,
    },
    store::{Lease, Txn, statement::is_exactly},
};

const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// Longer than the pause between two sweeps, so that the same node does the next.
const LEASE_LASTS: Duration = Duration::from_secs(45);
const ORDERS_AT_ONCE: u64 = 500;
const APPROVALS_AT_ONCE: u64 = 500;
const INVOICES_AT_ONCE: u64 = 500;
const PRICES_AT_ONCE: u64 = 500;
const PAYMENT_AGREEMENTS_AT_ONCE: u64 = 500;
/// How long it is known what was posted to webhook endpoints.
const KEEP_DELIVERIES_FOR: TimeDelta = TimeDelta::days(14);

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
    let lapsed = lapse_approvals(app, lease, tenant).await;
    let reminded = remind_approvers(app, lease, tenant.id).await;
    let forgot_events = match keep_events_for {
        Some(age) => forget_events(app, lease, tenant.id, age).await,
        None => Ok(()),
    };
    let overdue = tell_overdue_invoices(app, lease, tenant).await;
    let unpaid = expire_payment_agreements(app, lease, tenant.id).await;
    let forgot_answers = forget_answers(app, lease, tenant.id).await;
    let links = sweep_links(app, lease, tenant.id).await;
    let prices = follow_prices(app, lease, tenant).await;
    let forgot_deliveries = forget_deliveries(app, lease, tenant.id).await;
    let mail = sweep_mail(app, lease, tenant.id).await;
    let forgot = forgot_events.and(forgot_answers).and(forgot_deliveries).and(mail);
    lapsed.and(reminded).and(overdue).and(unpaid).and(forgot).and(links).and(prices)
}

/// Lets lapse what has waited for too long: by the rules that asked for it, or else by the seller's setting.
async fn lapse_approvals(app: &App, lease: &Lease, tenant: &tenant::Model) -> Outcome<()> {
    let now = app.clock.now();
    let submitted_until =
        tenant.approval_lapse_days.map(|days| now - TimeDelta::days(i64::from(days)));
    let mut waiting: Vec<OrderId> = unanswered(tenant.id)
        .filter(approval::Column::LapsesAt.lte(now))
        .order_by_asc(approval::Column::LapsesAt)
        .limit(APPROVALS_AT_ONCE)
        .select_only()
        .column(approval::Column::OrderId)
        .into_tuple()
        .all(app.store.readers())
        .await?;
    if let Some(submitted_until) = submitted_until {
        let orders = waits_by_setting(tenant.id)
            .filter(order::Column::SubmittedAt.lte(submitted_until))
            .order_by_asc(order::Column::SubmittedAt)
            .limit(ORDERS_AT_ONCE)
            .select_only()
            .column(order::Column::Id)
            .into_tuple::<OrderId>()
            .all(app.store.readers())
            .await?;
        waiting.extend(orders);
    }
    let mut outcome = Ok(());
    for order_id in waiting {
        let command = LapseApproval { order_id, submitted_until };
        let lapsed = lapse(app, lease, tenant.id, command).await;
        outcome = outcome.and(lapsed.map_err(|cause| about(cause, &format!("order {order_id}"))));
    }
    outcome
}

/// The answers of a tenant that are waited for.
fn unanswered(tenant_id: TenantId) -> Select<approval::Entity> {
    approval::Entity::find()
        .filter(approval::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(approval::Column::Decision, ApprovalDecision::Pending))
}

/// The orders that wait for an answer of which no rule says for how long it may be waited for.
fn waits_by_setting(tenant_id: TenantId) -> Select<order::Entity> {
    let of_order = Expr::col((approval::Entity, approval::Column::OrderId))
        .equals((order::Entity, order::Column::Id));
    let answer = unanswered(tenant_id)
        .filter(approval::Column::LapsesAt.is_null())
        .filter(of_order)
        .select_only()
        .expr(Expr::value(1))
        .limit(1)
        .into_query();
    // Asked order by order: as a join, PostgreSQL would sort all orders that wait.
    let waits = Expr::SubQuery(None, Box::new(answer.into())).is_not_null();
    order::Entity::find()
        .filter(order::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(order::Column::Status, OrderStatus::PendingApproval))
        .filter(waits)
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

async fn remind_approvers(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<()> {
    let due: Vec<(ApprovalId, OrderId)> = unanswered(tenant_id)
        .filter(approval::Column::RemindAt.lte(app.clock.now()))
        .order_by_asc(approval::Column::RemindAt)
        .limit(APPROVALS_AT_ONCE)
        .select_only()
        .column(approval::Column::Id)
        .column(approval::Column::OrderId)
        .into_tuple()
        .all(app.store.readers())
        .await?;
    let mut outcome = Ok(());
    for (approval_id, order_id) in due {
        let command = RemindOfApproval { order_id, approval_id };
        let reminded = remind(app, lease, tenant_id, command).await;
        outcome = outcome.and(reminded.map_err(|cause| about(cause, &format!("order {order_id}"))));
    }
    outcome
}

async fn remind(
    app: &App,
    lease: &Lease,
    tenant_id: TenantId,
    command: RemindOfApproval,
) -> Outcome<()> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    if lease.allows(&unit.txn).await? && remind_of_approval(&unit, command).await? {
        unit.commit().await?;
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

async fn follow_prices(app: &App, lease: &Lease, tenant: &tenant::Model) -> Outcome<()> {
    let today = days::of(tenant, app.clock.now())?;
    let due = follow::due(tenant.id, today)
        .select_only()
        .column(price::Column::Id)
        .limit(PRICES_AT_ONCE)
        .into_tuple::<PriceId>()
        .all(app.store.readers())
        .await?;
    let mut outcome = Ok(());
    for id in due {
        let followed = follow_price(app, lease, tenant.id, id).await;
        outcome = outcome.and(followed.map_err(|cause| about(cause, &format!("price {id}"))));
    }
    outcome
}

async fn expire_payment_agreements(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<()> {
    let due: Vec<PaymentAgreementId> = payment_agreement::Entity::find()
        .filter(payment_agreement::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(payment_agreement::Column::Status, PaymentAgreementStatus::Pending))
        .filter(payment_agreement::Column::ExpiresAt.lte(app.clock.now()))
        .order_by_asc(payment_agreement::Column::ExpiresAt)
        .limit(PAYMENT_AGREEMENTS_AT_ONCE)
        .select_only()
        .column(payment_agreement::Column::Id)
        .into_tuple()
        .all(app.store.readers())
        .await?;
    let mut outcome = Ok(());
    for payment_agreement_id in due {
        let command = ExpirePaymentAgreement { payment_agreement_id };
        let expired = expire(app, lease, tenant_id, command).await;
        let place = format!("payment agreement {payment_agreement_id}");
        outcome = outcome.and(expired.map_err(|cause| about(cause, &place)));
    }
    outcome
}

async fn follow_price(app: &App, lease: &Lease, tenant_id: TenantId, id: PriceId) -> Outcome<()> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    if lease.allows(&unit.txn).await? && follow::follow_price(&unit, id).await? {
        unit.commit().await?;
    }
    Ok(())
}

async fn expire(
    app: &App,
    lease: &Lease,
    tenant_id: TenantId,
    command: ExpirePaymentAgreement,
) -> Outcome<()> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    if lease.allows(&unit.txn).await? && expire_payment_agreement(&unit, command).await? {
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

async fn forget_deliveries(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<()> {
    let Some(txn) = begin(app, lease, tenant_id).await? else { return Ok(()) };
    webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::TenantId.eq(tenant_id))
        .filter(webhook_delivery::Column::CreatedAt.lt(app.clock.now() - KEEP_DELIVERIES_FOR))
        .exec(&txn)
        .await?;
    Ok(txn.commit().await?)
}

async fn sweep_mail(app: &App, lease: &Lease, tenant_id: TenantId) -> Outcome<()> {
    let Some(txn) = begin(app, lease, tenant_id).await? else { return Ok(()) };
    forget_mails(&txn, tenant_id, app.clock.now()).await?;
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
