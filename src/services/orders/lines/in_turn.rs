//! In which order lines are carried out: that of an add-on after the line that buys what it belongs to.

use domain::line_life::{LineTrigger, is_its_turn, never_completes};
use entity::{OrderLineId, OrderLineStatus, order, order_line};

use super::{
    posting,
    row::{self, Locked},
};
use crate::{
    error::Outcome,
    services::{
        discounts,
        orders::row::{self as order_row, By},
        unit::Unit,
    },
};

/// Records the move of a line that has come to an end, has the lines follow that wait for it, and moves the order as its lines
/// demand.
pub(super) async fn save(
    unit: &Unit,
    mut locked: Locked,
    from: OrderLineStatus,
    by: By,
    reason: Option<String>,
) -> Outcome<OrderLineId> {
    let ended = locked.write(unit, from, by, reason).await?;
    follow(unit, &mut locked.order, &mut locked.lines, &ended).await?;
    locked.settle(unit).await?;
    Ok(ended.id)
}

/// Begins the lines of add-ons that waited for a line which is completed by now, and fails those of one that never will be;
/// the caller saves the order.
async fn follow(
    unit: &Unit,
    order: &mut order::Model,
    lines: &mut [order_line::Model],
    parent: &order_line::Model,
) -> Outcome<()> {
    let waits = |line: &&mut order_line::Model| {
        line.parent_line == Some(parent.line_number) && line.status == OrderLineStatus::Pending
    };
    for line in lines.iter_mut().filter(waits) {
        if is_its_turn(Some(parent.status)) {
            posting::begin_by_itself(unit, order, line).await?;
        } else if never_completes(parent.status) {
            fail(unit, order, line, parent).await?;
        }
    }
    Ok(())
}

async fn fail(
    unit: &Unit,
    order: &mut order::Model,
    line: &mut order_line::Model,
    parent: &order_line::Model,
) -> Outcome<()> {
    let from = row::move_line(line, LineTrigger::FailWithParent)?;
    let (number, status) = (parent.line_number, parent.status);
    let reason = format!("Line {number} buys what this add-on belongs to, and is {status}.");
    line.failure_reason = Some(reason.clone());
    line.ended_at = Some(unit.now);
    discounts::give_back(unit, std::slice::from_ref(line)).await?;
    order_row::record_line(unit, order, line, from, By::System, Some(reason)).await?;
    Ok(unit.save(line.clone()).await?)
}
