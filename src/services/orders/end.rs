//! Ending an order that never reached provisioning.

use entity::{
    ApprovalDecision, EventKind, OrderAction, SubscriptionStatus, approval, order, order_line,
    subscription,
};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, sea_query::Expr,
};

use super::row;
use crate::{
    domain::line_life::LineTrigger,
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::{Unit, locked},
};

/// Ends the lines with their order, the subscriptions that it would have brought (APX-30), and open questions.
pub(super) async fn end_with_order(
    unit: &Unit,
    order: &order::Model,
    trigger: LineTrigger,
) -> Outcome<()> {
    let mut lines = row::lines_of(unit, order).await?;
    for line in &mut lines {
        row::move_line(line, trigger)?;
    }
    if let Some(status) = lines.first().map(|line| line.status) {
        order_line::Entity::update_many()
            .col_expr(order_line::Column::Status, Expr::value(status.to_value()))
            .col_expr(order_line::Column::EndedAt, Expr::value(unit.now))
            .filter(order_line::Column::TenantId.eq(order.tenant_id))
            .filter(order_line::Column::OrderId.eq(order.id))
            .exec(&unit.txn)
            .await?;
    }
    approval::Entity::update_many()
        .col_expr(approval::Column::Decision, Expr::value(ApprovalDecision::Void.to_value()))
        .filter(approval::Column::TenantId.eq(order.tenant_id))
        .filter(approval::Column::OrderId.eq(order.id))
        .filter(approval::Column::Decision.eq(ApprovalDecision::Pending))
        .exec(&unit.txn)
        .await?;
    terminate_pending_subscriptions(unit, order, &lines).await
}

async fn terminate_pending_subscriptions(
    unit: &Unit,
    order: &order::Model,
    lines: &[order_line::Model],
) -> Outcome<()> {
    let bought: Vec<_> = lines
        .iter()
        .filter(|line| line.action == OrderAction::Buy)
        .filter_map(|line| line.subscription_id)
        .collect();
    if bought.is_empty() {
        return Ok(());
    }
    let of_order = subscription::Column::TenantId
        .eq(order.tenant_id)
        .and(subscription::Column::Id.is_in(bought))
        .and(subscription::Column::Status.eq(SubscriptionStatus::Pending));
    let pending = subscription::Entity::find()
        .filter(of_order.clone())
        .order_by_asc(subscription::Column::Id);
    let pending = locked(pending).all(&unit.txn).await?;
    subscription::Entity::update_many()
        .col_expr(
            subscription::Column::Status,
            Expr::value(SubscriptionStatus::Terminated.to_value()),
        )
        .col_expr(subscription::Column::Reason, Expr::value(order.reason.clone()))
        .col_expr(subscription::Column::EndedAt, Expr::value(unit.now))
        .col_expr(subscription::Column::UpdatedAt, Expr::value(unit.now))
        .col_expr(subscription::Column::Version, Expr::col(subscription::Column::Version).add(1))
        .filter(of_order)
        .exec(&unit.txn)
        .await?;
    for subscription in pending {
        let event = NewEvent::about(
            EventKind::SubscriptionStatusChanged,
            Subject::Subscription(subscription.id),
            order.customer_id,
            order.partner_id,
        )
        .by_order(Some(order.id))
        .with_statuses(
            Some(SubscriptionStatus::Pending.as_str()),
            SubscriptionStatus::Terminated.as_str(),
        )
        .with_reason(order.reason.clone());
        unit.record(event).await?;
    }
    Ok(())
}
