//! Cancelling an order before provisioning begins.

use domain::{line_life::LineTrigger, order_life};
use entity::{OrderId, OrderStatus, OrderTrigger};

use super::{
    end, payments,
    row::{self, By},
};
use crate::{
    error::{Outcome, RefusalCode},
    services::{unit::Unit, validate},
};

/// A buyer changes its mind.
#[derive(Clone, Debug)]
pub struct CancelOrder {
    pub order_id: OrderId,
    pub expected_version: Option<i64>,
    pub reason: Option<String>,
}

/// Cancels an order that is a draft, waits for approval, or is approved and not started. Its lines are cancelled, its pending
/// subscriptions end, and so does a payment agreement that is pending for it (IFS-28).
///
/// Refused with `ORDER_STATUS_CONFLICT` and the current status afterwards. The same by the same person again changes
/// nothing; for another reason it is refused.
pub async fn cancel_order(unit: &Unit, command: CancelOrder) -> Outcome<OrderId> {
    let reason = validate::note("reason", command.reason)?;
    let mut order = row::lock(unit, command.order_id).await?;
    if order.status == OrderStatus::Cancelled
        && let decided_on @ Some(_) = row::pulled_on(unit, &order, &[OrderTrigger::Cancel]).await?
    {
        row::check_version_again(&order, command.expected_version, decided_on)?;
        if reason.is_some() && reason != order.reason {
            let message = "You have cancelled the order, for another reason.";
            let refusal = row::conflict(&order, RefusalCode::OrderStatusConflict, message);
            return Err(refusal.at("reason").into());
        }
        return Ok(order.id);
    }
    let movers = order_life::movers(unit.viewer.role);
    if !order_life::allows(order.status, OrderTrigger::Cancel, movers) {
        let refusal = row::refuse_status(&order, RefusalCode::OrderStatusConflict, "cancelled");
        return Err(refusal.into());
    }
    validate::version(command.expected_version, &order)?;
    row::advance(unit, &mut order, OrderTrigger::Cancel, By::Viewer, reason).await?;
    payments::end_with_order(unit, order.id).await?;
    end::end_with_order(unit, &order, LineTrigger::CancelWithOrder).await?;
    row::save(unit, &mut order).await?;
    Ok(order.id)
}
