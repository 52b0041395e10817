//! Ending an order that never reached provisioning.

use domain::line_life::LineTrigger;
use entity::{ApprovalDecision, OrderAction, approval, order};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::lines;
use crate::{
    error::Outcome,
    services::{discounts, subscriptions, unit::Unit},
};

/// Ends the lines with their order, the subscriptions that it would have brought (APX-30), and open questions. Discounts
/// that were given to it can be given to others.
pub(super) async fn end_with_order(
    unit: &Unit,
    order: &order::Model,
    trigger: LineTrigger,
) -> Outcome<()> {
    let lines = lines::end(unit, order, trigger).await?;
    approval::Entity::update_many()
        .col_expr(approval::Column::Decision, Expr::value(ApprovalDecision::Void.to_value()))
        .filter(approval::Column::TenantId.eq(order.tenant_id))
        .filter(approval::Column::OrderId.eq(order.id))
        .filter(approval::Column::Decision.eq(ApprovalDecision::Pending))
        .exec(&unit.txn)
        .await?;
    let bought = lines.iter().filter(|line| line.action == OrderAction::Buy);
    let bought = bought.filter_map(|line| line.subscription_id).collect();
    subscriptions::row::end_pending(unit, order, bought).await?;
    discounts::give_back(unit, &lines).await
}
