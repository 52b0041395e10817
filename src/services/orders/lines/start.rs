//! A provisioner takes a line up.

use entity::OrderLineId;

use super::row;
use crate::{
    error::Outcome,
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
    locked.begin(unit, By::Viewer).await?;
    order_row::save(unit, &mut locked.order).await?;
    Ok(locked.line().id)
}
