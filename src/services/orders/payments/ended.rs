//! What becomes of an order that nobody pays for.

use domain::line_life::LineTrigger;
use entity::{OrderTrigger, UnpaidOrders};

use super::Locked;
use crate::{
    error::Outcome,
    services::{
        orders::{
            end,
            row::{self, By},
        },
        unit::Unit,
    },
};

/// Keeps or cancels the draft of a payment agreement that was rejected or has expired, as the seller has set (IFS-29).
pub(super) async fn end_unpaid(unit: &Unit, locked: &mut Locked, reason: &str) -> Outcome<()> {
    let Some(order) = locked.draft() else { return Ok(()) };
    match unit.tenant().await?.unpaid_orders {
        UnpaidOrders::Kept => return Ok(()),
        UnpaidOrders::Cancelled => {}
    }
    let reason = Some(reason.to_owned());
    row::advance(unit, order, OrderTrigger::LetPaymentLapse, By::System, reason).await?;
    end::end_with_order(unit, order, LineTrigger::CancelWithOrder).await?;
    row::save(unit, order).await
}
