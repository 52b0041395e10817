//! A subscription's row: begun, locked, changed, ended, and told to the log.

use domain::numbers;
use entity::{
    EventKind, OrderId, OrderLineId, SubscriptionId, SubscriptionStatus, order, order_line,
    subscription,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, sea_query::Expr,
};

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::{
        search,
        unit::{Unit, locked},
    },
};

/// Begins the subscription that a line buys (APG-07), with the PO number of the line or else of its order (APG-10), and
/// tells the log. [`insert`] writes it.
pub(crate) async fn begin(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
) -> Outcome<subscription::Model> {
    let id = SubscriptionId::new(unit.now);
    let subscription = subscription::Model {
        id,
        tenant_id: order.tenant_id,
        number: numbers::from_id("SUB", id.0),
        customer_id: order.customer_id,
        partner_id: order.partner_id,
        product_id: line.product_id,
        offer_id: line.offer_id,
        agreement_id: order.agreement_id,
        order_id: order.id,
        status: SubscriptionStatus::Pending,
        quantity: line.quantity,
        currency: order.currency.clone(),
        unit_amount: line.unit_amount,
        price_model: line.price_model,
        tax_basis_points: line.tax_basis_points,
        po_number: line.po_number.clone().or_else(|| order.po_number.clone()),
        external_reference: None,
        reason: None,
        auto_renew: true,
        plan_instance: line.plan_instance.clone(),
        plan_instance_now: None,
        plan_id: line.plan_id,
        step: 1,
        step_periods_left: None,
        first_day: None,
        first_quantity: None,
        anchor_day: None,
        next_billing_at: None,
        ends_on: None,
        commitment: None,
        parent_id: line.parent_subscription_id,
        anchor_on: None,
        billing_hold_reason: None,
        billing_held_since: None,
        activation: None,
        activated_at: None,
        ended_at: None,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    let event = about(EventKind::SubscriptionCreated, &subscription)
        .by_order(Some(order.id))
        .with_line(line.id)
        .with_statuses(None, SubscriptionStatus::Pending.as_str());
    unit.record(event).await?;
    Ok(subscription)
}

/// Writes subscriptions that were begun, and makes them findable.
pub(crate) async fn insert(unit: &Unit, subscriptions: Vec<subscription::Model>) -> Outcome<()> {
    if subscriptions.is_empty() {
        return Ok(());
    }
    let numbers: Vec<_> =
        subscriptions.iter().map(|it| (it.id.0, vec![it.number.as_str()])).collect();
    search::index_new(&unit.txn, search::Kind::Subscription, &numbers).await?;
    let rows = subscriptions.into_iter().map(|row| row.into_active_model().reset_all());
    subscription::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    Ok(())
}

/// Locks a subscription that a line of a locked order acts on.
pub(crate) async fn lock(unit: &Unit, id: SubscriptionId) -> Outcome<subscription::Model> {
    unit.lock_related::<subscription::Entity>(id).await
}

/// Writes a locked subscription back as its next version, and tells the log what an order's line, or time, has made of it;
/// `from` is the status that it had.
pub(crate) async fn save(
    unit: &Unit,
    order_id: Option<OrderId>,
    line_id: Option<OrderLineId>,
    subscription: &mut subscription::Model,
    from: SubscriptionStatus,
) -> Outcome<()> {
    touch(unit, subscription).await?;
    let kind = if subscription.status == from {
        EventKind::SubscriptionChanged
    } else {
        EventKind::SubscriptionStatusChanged
    };
    let mut event = about(kind, subscription)
        .by_order(order_id)
        .with_statuses(Some(from.as_str()), subscription.status.as_str())
        .with_reason(subscription.reason.clone());
    if let Some(line) = line_id {
        event = event.with_line(line);
    }
    Ok(unit.record(event).await?)
}

/// Writes a locked subscription back as its next version.
pub(crate) async fn touch(unit: &Unit, subscription: &mut subscription::Model) -> Outcome<()> {
    subscription.version += 1;
    subscription.updated_at = unit.now;
    Ok(unit.save(subscription.clone()).await?)
}

/// Puts the reference of a locked order's approver on the subscriptions that the order brings (APG-14). Licenses and
/// invoice lines take it from there.
pub(crate) async fn refer(unit: &Unit, order: &order::Model, reference: &str) -> Outcome<()> {
    subscription::Entity::update_many()
        .col_expr(subscription::Column::ExternalReference, Expr::value(reference))
        .filter(subscription::Column::TenantId.eq(order.tenant_id))
        .filter(subscription::Column::OrderId.eq(order.id))
        .exec(&unit.txn)
        .await?;
    Ok(())
}

/// Ends those of the subscriptions that are still pending, with the reason for which their order ended (APX-30).
pub(crate) async fn end_pending(
    unit: &Unit,
    order: &order::Model,
    ids: Vec<SubscriptionId>,
) -> Outcome<()> {
    const ENDED: SubscriptionStatus = SubscriptionStatus::Terminated;
    if ids.is_empty() {
        return Ok(());
    }
    let of_order = subscription::Column::TenantId
        .eq(order.tenant_id)
        .and(subscription::Column::Id.is_in(ids))
        .and(subscription::Column::Status.eq(SubscriptionStatus::Pending));
    let pending = subscription::Entity::find()
        .filter(of_order.clone())
        .order_by_asc(subscription::Column::Id);
    let pending = locked(pending).all(&unit.txn).await?;
    subscription::Entity::update_many()
        .col_expr(subscription::Column::Status, Expr::value(ENDED.to_value()))
        .col_expr(subscription::Column::Reason, Expr::value(order.reason.clone()))
        .col_expr(subscription::Column::EndedAt, Expr::value(unit.now))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(unit.now))
        .col_expr(subscription::Column::Version, Expr::col(subscription::Column::Version).add(1))
        .filter(of_order)
        .exec(&unit.txn)
        .await?;
    for subscription in pending {
        let event = about(EventKind::SubscriptionStatusChanged, &subscription)
            .by_order(Some(order.id))
            .with_statuses(Some(subscription.status.as_str()), ENDED.as_str())
            .with_reason(order.reason.clone());
        unit.record(event).await?;
    }
    Ok(())
}

/// An event about a subscription.
pub(crate) fn about(kind: EventKind, subscription: &subscription::Model) -> NewEvent {
    NewEvent::about(
        kind,
        Subject::Subscription(subscription.id),
        subscription.customer_id,
        subscription.partner_id,
    )
}
