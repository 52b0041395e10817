//! Suspending a subscription.

use entity::{OrderAction, OrderId, SubscriptionId};

use super::order_for::{OrderDetails, order_for};
use crate::{error::Outcome, services::unit::Unit};

/// Which subscription is to rest.
#[derive(Clone, Debug)]
pub struct SuspendSubscription {
    pub subscription_id: SubscriptionId,
    pub expected_version: Option<i64>,
    pub details: OrderDetails,
}

/// Orders the suspension of an active subscription; gives the order. Refused as `changeSubscription` is.
pub async fn suspend_subscription(unit: &Unit, command: SuspendSubscription) -> Outcome<OrderId> {
    let SuspendSubscription { subscription_id, expected_version, details } = command;
    order_for(unit, subscription_id, expected_version, OrderAction::Suspend, None, details).await
}
