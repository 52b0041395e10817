//! Cancelling a line of an order that was carried out (APX-24).

use entity::{ChangeTime, OrderAction, OrderId, OrderLineId, order_line};

use super::{
    order_for::{Ask, Changed, OrderDetails, order_for},
    preview::{ChangePreview, preview_as},
};
use crate::{
    error::Outcome,
    services::{orders::lines, unit::Unit, validate},
};

/// Which line is to be cancelled.
#[derive(Clone, Debug)]
pub struct CancelOrderLine {
    pub line_id: OrderLineId,
    /// Of the order of the line.
    pub expected_version: Option<i64>,
    /// What the caller expects to be given back without tax: an amount below zero, in minor units.
    pub expected_total: Option<i64>,
    pub details: OrderDetails,
}

/// Orders that what a line bought is taken back; gives that order, which is approved and carried out like any other: its vendor
/// agrees by completing it, and refuses by failing it, and then the line is as it was. When it is completed, the subscription
/// ends, whatever binds the customer, all that was charged for it is credited in full, and the line is `CANCELLED`.
///
/// There is a bound, because nobody else would say no to the whole price of a year back in its last month: a vendor has nothing to say
/// where nobody carries lines out. It is in days, as buyers know it, and each line keeps its own (`cancellable_until`).
///
/// Refused with `ORDER_LINE_NOT_FOUND`, with `LINE_STATUS_CONFLICT` unless the line was carried out, with `ORDER_STATUS_CONFLICT` until
/// its order has ended, with `LINE_NOT_CANCELLABLE` where it bought nothing or its time is over, and as `cancelSubscription` is:
/// with `CHANGE_ALREADY_PENDING` while that order, or another one on the subscription, is open.
pub async fn cancel_order_line(unit: &Unit, command: CancelOrderLine) -> Outcome<OrderId> {
    let (order, line) = lines::lock_cancellable(unit, command.line_id).await?;
    validate::version(command.expected_version, &order)?;
    let (ask, changed) = to_cancel(&line)?;
    let ask = Ask { expected_total: command.expected_total, details: command.details, ..ask };
    order_for(unit, ask, changed).await
}

/// A line that might be cancelled.
#[derive(Clone, Copy, Debug)]
pub struct PreviewedLineCancellation {
    pub line_id: OrderLineId,
}

/// What [`cancel_order_line`] would give back if it were carried out now, and who would have to agree to its order. Changes
/// nothing. Refused alike.
pub async fn preview_line_cancellation(
    unit: &Unit,
    command: PreviewedLineCancellation,
) -> Outcome<ChangePreview> {
    let (_, line) = lines::lock_cancellable(unit, command.line_id).await?;
    let (ask, changed) = to_cancel(&line)?;
    preview_as(unit, ask, changed).await
}

/// What is asked for of the subscription that a line has bought.
fn to_cancel(line: &order_line::Model) -> Outcome<(Ask, Changed)> {
    let subscription_id = line.subscription_id.ok_or_else(|| {
        anyhow::anyhow!("line {} was carried out without a subscription", line.id)
    })?;
    let ask = Ask {
        subscription_id,
        expected_version: None,
        time: ChangeTime::Now,
        on: None,
        pending_cancellation: None,
        expected_total: None,
        details: OrderDetails::default(),
    };
    let changed = Changed { cancels_line: Some(line.id), ..Changed::by(OrderAction::Cancel) };
    Ok((ask, changed))
}
