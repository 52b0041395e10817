//! Cancelling a subscription.

use entity::{OrderAction, OrderId, SubscriptionId};

use super::order_for::{OrderDetails, order_for};
use crate::{error::Outcome, services::unit::Unit};

/// Which subscription is to end.
#[derive(Clone, Debug)]
pub struct CancelSubscription {
    pub subscription_id: SubscriptionId,
    pub expected_version: Option<i64>,
    pub details: OrderDetails,
}

/// Orders the end of a subscription; gives the order. Refused as `changeSubscription` is.
pub async fn cancel_subscription(unit: &Unit, command: CancelSubscription) -> Outcome<OrderId> {
    let CancelSubscription { subscription_id, expected_version, details } = command;
    order_for(unit, subscription_id, expected_version, OrderAction::Cancel, None, details).await
}
