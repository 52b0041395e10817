//! Starting the provisioning of an approved order.

use entity::{OrderId, OrderStatus, OrderTrigger, order};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{
    lines,
    row::{self, By},
};
use crate::{error::Outcome, services::unit::Unit};

/// Starts an approved order whose start date has come; says whether it did. The job that starts orders does not look at
/// one again before its date.
///
/// Lines of instant products, and those that are carried out by a webhook, are begun with it, and are then work for jobs. The
/// others wait for a provisioner, and add-ons for what they belong to.
pub async fn start_order(unit: &Unit, order_id: OrderId) -> Outcome<bool> {
    let mut order = row::lock(unit, order_id).await?;
    if order.status != OrderStatus::Approved {
        return Ok(false);
    }
    if let Some(start_at) = order.start_at.filter(|start_at| *start_at > unit.now) {
        // No change of the order: nobody is told, and its version stays.
        order::Entity::update_many()
            .col_expr(order::Column::NextTryAt, Expr::value(start_at))
            .filter(order::Column::TenantId.eq(order.tenant_id))
            .filter(order::Column::Id.eq(order.id))
            .exec(&unit.txn)
            .await?;
        return Ok(false);
    }
    row::advance(unit, &mut order, OrderTrigger::Start, By::System, None).await?;
    let all = lines::of_order(unit, &order).await?;
    for line in all.iter().filter(|line| lines::is_its_turn(&all, line)) {
        lines::begin_by_itself(unit, &mut order, &mut line.clone()).await?;
    }
    row::save(unit, &mut order).await?;
    Ok(true)
}
