//! Changing how much a subscription holds.

use entity::{OrderAction, OrderId, SubscriptionId};

use super::order_for::{OrderDetails, order_for};
use crate::{error::Outcome, services::unit::Unit};

/// Which subscription is to hold how much.
#[derive(Clone, Debug)]
pub struct ChangeSubscription {
    pub subscription_id: SubscriptionId,
    pub expected_version: Option<i64>,
    pub quantity: i32,
    pub details: OrderDetails,
}

/// Orders another quantity; gives the order. Refused with `SUBSCRIPTION_NOT_MODIFIABLE` unless the subscription is
/// active, with `CHANGE_ALREADY_PENDING` while another order on it is open, and with `QUANTITY_OUT_OF_RANGE`.
pub async fn change_subscription(unit: &Unit, command: ChangeSubscription) -> Outcome<OrderId> {
    let ChangeSubscription { subscription_id, expected_version, quantity, details } = command;
    order_for(unit, subscription_id, expected_version, OrderAction::Change, Some(quantity), details)
        .await
}
