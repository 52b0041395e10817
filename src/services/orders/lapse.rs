//! Letting an approval lapse that nobody gave in time.

use chrono::{DateTime, Utc};
use domain::{approval::has_lapsed, line_life::LineTrigger};
use entity::{OrderId, OrderStatus, OrderTrigger};

use super::{
    approve::approvals_of,
    end,
    row::{self, By},
};
use crate::{error::Outcome, services::unit::Unit};

/// An order that may have waited for too long.
#[derive(Clone, Copy, Debug)]
pub struct LapseApproval {
    pub order_id: OrderId,
    /// Where no rule says for how long an answer may be waited for, orders submitted after this may still wait; none: all may.
    pub submitted_until: Option<DateTime<Utc>>,
}

/// Cancels the order if it still waits for an answer, and has for too long; says whether it did.
pub async fn lapse_approval(unit: &Unit, command: LapseApproval) -> Outcome<bool> {
    let mut order = row::lock(unit, command.order_id).await?;
    if order.status != OrderStatus::PendingApproval {
        return Ok(false);
    }
    let approvals = approvals_of(unit, &order).await?;
    if !has_lapsed(&order, &approvals, command.submitted_until, unit.now) {
        return Ok(false);
    }
    let reason = Some("The approval was not given in time.".to_owned());
    row::advance(unit, &mut order, OrderTrigger::LetApprovalLapse, By::System, reason).await?;
    end::end_with_order(unit, &order, LineTrigger::CancelWithOrder).await?;
    row::save(unit, &mut order).await?;
    Ok(true)
}
