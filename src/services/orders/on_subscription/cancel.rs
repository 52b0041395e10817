//! Cancelling a subscription.

use entity::{OrderAction, OrderId};

use super::order_for::{Ask, Changed, order_for};
use crate::{error::Outcome, services::unit::Unit};

/// Orders the end of a subscription; gives the order. Refused as `changeSubscription` is, and with `SUBSCRIPTION_NOT_RECURRING` where
/// there are no periods to wait for.
pub async fn cancel_subscription(unit: &Unit, ask: Ask) -> Outcome<OrderId> {
    order_for(unit, ask, Changed::by(OrderAction::Cancel)).await
}
