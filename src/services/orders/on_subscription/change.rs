//! Changing how much a subscription holds, or of what.

use entity::{OfferId, OrderAction, OrderId};

use super::order_for::{Ask, Changed, order_for};
use crate::{
    error::Outcome,
    services::{plans::Selection, unit::Unit},
};

/// What a subscription is to hold.
#[derive(Clone, Debug)]
pub struct ChangeSubscription {
    pub ask: Ask,
    /// So many units: the number itself, not the difference; none: as many as before.
    pub quantity: Option<i32>,
    /// Another offer of the same product; none: the same.
    pub offer_id: Option<OfferId>,
    /// What it is to have of a plan of such an offer, or of its own.
    pub plan: Option<Selection>,
    /// Whether periods go on to begin where they did, where the other offer's are of another length.
    pub keep_anchor: bool,
}

impl ChangeSubscription {
    pub(super) fn changed(&self) -> Changed {
        Changed {
            quantity: self.quantity,
            offer_id: self.offer_id,
            plan: self.plan.clone(),
            keep_anchor: self.keep_anchor,
            ..Changed::by(OrderAction::Change)
        }
    }
}

/// Orders another quantity or offer; gives the order. Refused with `SUBSCRIPTION_NOT_MODIFIABLE` unless the subscription is
/// active, with `CANCELLATION_PENDING` where it is not said what becomes of one, with `CHANGE_ALREADY_PENDING` while another
/// order on it is open, with `QUANTITY_OUT_OF_RANGE`, `OFFER_NOT_ORDERABLE` and `PRICE_MISSING`, and with `PRICE_CHANGED`.
pub async fn change_subscription(unit: &Unit, command: ChangeSubscription) -> Outcome<OrderId> {
    let changed = command.changed();
    order_for(unit, command.ask, changed).await
}
