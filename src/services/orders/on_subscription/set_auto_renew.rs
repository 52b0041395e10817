//! Having a subscription renew, or end with its period.

use entity::{OrderAction, OrderId};

use super::order_for::{Ask, Changed, order_for};
use crate::{error::Outcome, services::unit::Unit};

/// Whether a subscription is to renew.
#[derive(Clone, Debug)]
pub struct SetAutoRenew {
    pub ask: Ask,
    pub auto_renew: bool,
}

impl SetAutoRenew {
    pub(super) fn changed(&self) -> Changed {
        Changed { auto_renew: Some(self.auto_renew), ..Changed::by(OrderAction::Change) }
    }
}

/// Orders that a subscription renews at the end of each period, or that it ends with the one that runs; gives the order.
/// That and another quantity are two orders (APG-26). Refused as `changeSubscription` is, and with
/// `SUBSCRIPTION_NOT_RECURRING`.
pub async fn set_auto_renew(unit: &Unit, command: SetAutoRenew) -> Outcome<OrderId> {
    let changed = command.changed();
    order_for(unit, command.ask, changed).await
}
