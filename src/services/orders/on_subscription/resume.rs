//! Resuming a suspended subscription.

use entity::{OrderAction, OrderId, SubscriptionId};

use super::order_for::{OrderDetails, order_for};
use crate::{error::Outcome, services::unit::Unit};

/// Which subscription is to go on.
#[derive(Clone, Debug)]
pub struct ResumeSubscription {
    pub subscription_id: SubscriptionId,
    pub expected_version: Option<i64>,
    pub details: OrderDetails,
}

/// Orders the resumption of a suspended subscription; gives the order. Refused as `changeSubscription` is.
pub async fn resume_subscription(unit: &Unit, command: ResumeSubscription) -> Outcome<OrderId> {
    let ResumeSubscription { subscription_id, expected_version, details } = command;
    order_for(unit, subscription_id, expected_version, OrderAction::Resume, None, details).await
}
