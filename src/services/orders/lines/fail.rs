//! A line could not be carried out.

use domain::line_life::LineTrigger;
use entity::{LineOutcome, OrderLineId, OrderLineStatus};

use super::{attempts, holds, in_turn, row};
use crate::{
    error::Outcome,
    services::{discounts, orders::row::By, unit::Unit, validate},
};

/// A provisioner reports failure.
#[derive(Clone, Debug)]
pub struct FailOrderLine {
    pub line_id: OrderLineId,
    /// Shown to the buyer (APX-26); 1 to 1,000 characters.
    pub reason: String,
    /// The provisioner's own id of what it tried.
    pub provisioning_reference: Option<String>,
}

/// Fails a line that is in progress or on hold. What it was to change stays as it was; it can be retried. Until then, its
/// discounts can be given to others.
pub async fn fail_order_line(unit: &Unit, command: FailOrderLine) -> Outcome<OrderLineId> {
    let reason = validate::required_note("reason", command.reason)?;
    let reference = validate::short_text("provisioningReference", command.provisioning_reference)?;
    let locked = row::lock(unit, command.line_id).await?;
    fail(unit, locked, By::Viewer, reason, reference).await
}

/// Fails a line, with the reason and what the vendor calls its attempt.
pub(super) async fn fail(
    unit: &Unit,
    mut locked: row::Locked,
    by: By,
    reason: String,
    reference: Option<String>,
) -> Outcome<OrderLineId> {
    let from = locked.advance(LineTrigger::Fail)?;
    let line = locked.line();
    line.failure_reason = Some(reason.clone());
    line.hold_reason = None;
    line.held_since = None;
    line.ended_at = Some(unit.now);
    let line = line.clone();
    attempts::end(unit, &line, LineOutcome::Failed, reference).await?;
    if from == OrderLineStatus::OnHold {
        holds::give_up(unit, &line).await?;
    }
    discounts::give_back(unit, std::slice::from_ref(&line)).await?;
    in_turn::save(unit, locked, from, by, Some(reason)).await
}
