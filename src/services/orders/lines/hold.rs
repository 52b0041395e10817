//! A line needs an answer before it can go on.

use domain::line_life::LineTrigger;
use entity::OrderLineId;

use super::row;
use crate::{
    error::Outcome,
    services::{orders::row::By, unit::Unit, validate},
};

/// A provisioner has a question.
#[derive(Clone, Debug)]
pub struct HoldOrderLine {
    pub line_id: OrderLineId,
    /// What must be answered; 1 to 1,000 characters.
    pub reason: String,
}

/// Puts a line in progress on hold, and its order with it.
pub async fn hold_order_line(unit: &Unit, command: HoldOrderLine) -> Outcome<OrderLineId> {
    let reason = validate::required_note("reason", command.reason)?;
    let mut locked = row::lock(unit, command.line_id).await?;
    let from = locked.advance(LineTrigger::Hold)?;
    locked.line().hold_reason = Some(reason.clone());
    locked.line().held_since = Some(unit.now);
    locked.save(unit, from, By::Viewer, Some(reason)).await
}
