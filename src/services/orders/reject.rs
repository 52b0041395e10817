//! Rejecting an order.

use domain::line_life::LineTrigger;
use entity::{ApprovalDecision, OrderId, OrderTrigger};

use super::{
    approve::{already_approved, answer_of, approvals_of, check_open, consents_to, decide},
    end,
    row::{self, By},
};
use crate::{
    error::{Outcome, RefusalCode},
    services::{unit::Unit, validate},
};

/// A no.
#[derive(Clone, Debug)]
pub struct RejectOrder {
    pub order_id: OrderId,
    pub expected_version: Option<i64>,
    /// Shown to the buyer; 1 to 256 characters (APX-27).
    pub reason: String,
}

/// Says no for the viewer's level, which is a no to the whole order (APX-19). Its lines are rejected and its pending
/// subscriptions end. Refused as [`super::approve::approve_order`] is, also to whoever has said yes and waits for others; the
/// same no again is refused if it has another reason.
pub async fn reject_order(unit: &Unit, command: RejectOrder) -> Outcome<OrderId> {
    reject_as(unit, command, &unit.viewer.subject).await
}

/// The same, where the viewer speaks for a person who is called otherwise.
pub(super) async fn reject_as(unit: &Unit, command: RejectOrder, person: &str) -> Outcome<OrderId> {
    let reason = Some(validate::rejection("reason", command.reason)?);
    let mut order = row::lock(unit, command.order_id).await?;
    let approvals = approvals_of(unit, &order).await?;
    let answer = answer_of(unit, &order, &approvals)?;
    let decided_it = answer.decided_by.as_ref() == Some(&unit.viewer.subject);
    if answer.decision == ApprovalDecision::Rejected && decided_it {
        let decided_on = row::pulled_on(unit, &order, &[OrderTrigger::Reject]).await?;
        row::check_version_again(&order, command.expected_version, decided_on)?;
        if reason != answer.reason {
            let message = "You have rejected the order, for another reason.";
            let refusal = row::conflict(&order, RefusalCode::AlreadyDecided, message);
            return Err(refusal.at("reason").into());
        }
        return Ok(order.id);
    }
    check_open(&order, answer)?;
    if consents_to(unit, answer).await?.iter().any(|consent| consent.person == person) {
        return Err(already_approved(&order).into());
    }
    validate::version(command.expected_version, &order)?;
    decide(unit, answer, ApprovalDecision::Rejected, reason.clone(), None).await?;
    row::advance(unit, &mut order, OrderTrigger::Reject, By::Viewer, reason).await?;
    end::end_with_order(unit, &order, LineTrigger::RejectWithOrder).await?;
    row::save(unit, &mut order).await?;
    Ok(order.id)
}
