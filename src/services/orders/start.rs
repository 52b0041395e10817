//! Starting the provisioning of an approved order.

use entity::{OrderId, OrderStatus, OrderTrigger, Provisioning};

use super::row::{self, By};
use crate::{
    error::Outcome,
    services::{order_lines, unit::Unit},
};

/// Starts an approved order whose start date has come; says whether it did.
///
/// Lines of instant products are begun with it, and are then work for the provisioning job. The others wait for a
/// provisioner.
pub async fn start_order(unit: &Unit, order_id: OrderId) -> Outcome<bool> {
    let mut order = row::lock(unit, order_id).await?;
    let due = order.status == OrderStatus::Approved
        && order.start_at.is_none_or(|start_at| start_at <= unit.now);
    if !due {
        return Ok(false);
    }
    row::advance(unit, &mut order, OrderTrigger::Start, By::System, None).await?;
    for mut line in row::lines_of(unit, &order).await? {
        if line.provisioning == Provisioning::Instant {
            order_lines::begin(unit, &mut order, &mut line, By::System).await?;
        }
    }
    row::save(unit, &mut order).await?;
    Ok(true)
}
