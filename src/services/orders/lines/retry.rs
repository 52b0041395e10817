//! Another attempt at a line that failed.

use domain::line_life::LineTrigger;
use entity::{OrderLineId, OrderLineStatus, OrderStatus, OrderTrigger, order_line};

use super::{
    parents, posting,
    row::{self, Locked, is_its_turn},
};
use crate::{
    error::{Error, Outcome},
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
/// product, or one that is carried out by a webhook, is begun at once. The lines of add-ons that failed with it wait for it
/// again, but for those that could not be tried again by themselves.
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
    claim_again(unit, &locked, &line).await?;
    if matches!(locked.order.status, OrderStatus::Failed | OrderStatus::PartiallyCompleted) {
        order_row::advance(unit, &mut locked.order, OrderTrigger::Retry, By::Viewer, None).await?;
    }
    locked.write(unit, from, By::Viewer, None).await?;
    retry_add_ons(unit, &mut locked, line.line_number).await?;
    if is_its_turn(&locked.lines, &line) {
        posting::begin_by_itself(unit, &mut locked.order, &mut line).await?;
    }
    let id = line.id;
    *locked.line() = line;
    locked.settle(unit).await?;
    Ok(id)
}

/// Has the lines of add-ons that failed with a line wait for it again.
async fn retry_add_ons(unit: &Unit, locked: &mut Locked, parent: i32) -> Outcome<()> {
    for at in 0..locked.lines.len() {
        let mut line = locked.lines[at].clone();
        if line.parent_line != Some(parent) || line.status != OrderLineStatus::Failed {
            continue;
        }
        match claim_again(unit, locked, &line).await {
            Ok(()) => {}
            // It stays failed, and says why when it is tried again itself.
            Err(Error::Refused(_)) => continue,
            Err(failed @ Error::Failed(_)) => return Err(failed),
        }
        let from = row::move_line(&mut line, LineTrigger::Retry)?;
        line.ended_at = None;
        // No attempt at it has failed.
        line.failure_reason = None;
        order_row::record_line(unit, &mut locked.order, &line, from, By::Viewer, None).await?;
        unit.save(line.clone()).await?;
        locked.lines[at] = line;
    }
    Ok(())
}

/// Takes for a line again what it gave up when it failed. Where that is refused, nothing was written.
async fn claim_again(unit: &Unit, locked: &Locked, line: &order_line::Model) -> Outcome<()> {
    Box::pin(parents::check_again(unit, &locked.lines, line)).await?;
    // Since the line failed, another order on the same subscription may have begun.
    if let Some(subscription) = line.subscription_id {
        subscriptions::row::lock(unit, subscription).await?;
        row::refuse_second_change(unit, subscription).await?;
    }
    discounts::redeem_again(unit, &locked.order, line).await
}
