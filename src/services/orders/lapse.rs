//! Letting an approval lapse that nobody gave in time.

use chrono::{DateTime, Utc};
use domain::line_life::LineTrigger;
use entity::{OrderId, OrderStatus, OrderTrigger};

use super::{
    end,
    row::{self, By},
};
use crate::{error::Outcome, services::unit::Unit};

/// An order that was submitted too long ago to wait any longer.
#[derive(Clone, Copy, Debug)]
pub struct LapseApproval {
    pub order_id: OrderId,
    /// Orders submitted after this may still wait.
    pub submitted_until: DateTime<Utc>,
}

/// Cancels the order if it still waits for approval; says whether it did.
pub async fn lapse_approval(unit: &Unit, command: LapseApproval) -> Outcome<bool> {
    let mut order = row::lock(unit, command.order_id).await?;
    let waits_too_long = order.status == OrderStatus::PendingApproval
        && order.submitted_at.is_some_and(|at| at <= command.submitted_until);
    if !waits_too_long {
        return Ok(false);
    }
    let reason = Some("The approval was not given in time.".to_owned());
    row::advance(unit, &mut order, OrderTrigger::LetApprovalLapse, By::System, reason).await?;
    end::end_with_order(unit, &order, LineTrigger::CancelWithOrder).await?;
    row::save(unit, &mut order).await?;
    Ok(true)
}
