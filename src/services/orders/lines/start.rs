//! A provisioner takes a line up.

use domain::line_life;
use entity::OrderLineId;

use super::row;
use crate::{
    error::{Outcome, RefusalCode},
    services::{
        orders::row::{self as order_row, By},
        unit::Unit,
    },
};

/// Which line is taken up.
#[derive(Clone, Copy, Debug)]
pub struct StartOrderLine {
    pub line_id: OrderLineId,
}

/// Moves a pending line of an order in provisioning to `IN_PROGRESS` and counts the attempt.
pub async fn start_order_line(unit: &Unit, command: StartOrderLine) -> Outcome<OrderLineId> {
    let mut locked = row::lock(unit, command.line_id).await?;
    if !line_life::can_begin(locked.order.status) {
        let refusal = order_row::refuse_status(
            &locked.order,
            RefusalCode::OrderStatusConflict,
            "provisioned now",
        );
        return Err(refusal.into());
    }
    let mut line = locked.line().clone();
    row::begin(unit, &mut locked.order, &mut line, By::Viewer).await?;
    order_row::save(unit, &mut locked.order).await?;
    Ok(line.id)
}
