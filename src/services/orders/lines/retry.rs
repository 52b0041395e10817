//! Another attempt at a line that failed.

use domain::line_life::LineTrigger;
use entity::{OrderLineId, OrderStatus, OrderTrigger, Provisioning};

use super::{
    parents, posting,
    row::{self, is_its_turn},
};
use crate::{
    error::Outcome,
    services::{
        discounts,
        orders::row::{self as order_row, By},
        subscriptions,
        unit::Unit,
    },
};

/// Which line is to be tried again.
#[derive(Clone, Copy, Debug)]
pub struct RetryOrderLine {
    pub line_id: OrderLineId,
}

/// Puts a failed line back to `PENDING`, and its order back into provisioning if it had ended. A line of an instant
/// product, or one that is carried out by a webhook, is begun at once.
///
/// Refused with `CHANGE_ALREADY_PENDING` where another order on the line's subscription has begun meanwhile, and with
/// `DISCOUNT_NOT_APPLICABLE` where a discount of the line was given to others as often as it can be; of an add-on, with
/// `PARENT_NOT_ACTIVE` and `QUANTITY_OUT_OF_RANGE`.
pub async fn retry_order_line(unit: &Unit, command: RetryOrderLine) -> Outcome<OrderLineId> {
    let mut locked = row::lock(unit, command.line_id).await?;
    let from = locked.advance(LineTrigger::Retry)?;
    let mut line = locked.line().clone();
    line.ended_at = None;
    *locked.line() = line.clone();
    Box::pin(parents::check_again(unit, &locked.lines, &line)).await?;
    // Since the line failed, another order on the same subscription may have begun.
    if let Some(subscription) = line.subscription_id {
        subscriptions::row::lock(unit, subscription).await?;
        row::refuse_second_change(unit, subscription).await?;
    }
    discounts::redeem_again(unit, &locked.order, &line).await?;
    if matches!(locked.order.status, OrderStatus::Failed | OrderStatus::PartiallyCompleted) {
        order_row::advance(unit, &mut locked.order, OrderTrigger::Retry, By::Viewer, None).await?;
    }
    if line.provisioning == Provisioning::Manual || !is_its_turn(&locked.lines, &line) {
        return locked.save(unit, from, By::Viewer, None).await;
    }
    order_row::record_line(unit, &mut locked.order, &line, from, By::Viewer, None).await?;
    posting::begin_by_itself(unit, &mut locked.order, &mut line).await?;
    order_row::save(unit, &mut locked.order).await?;
    Ok(line.id)
}
