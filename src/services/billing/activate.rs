//! A purchase that was carried out: the subscription begins.

use chrono::NaiveDate;
use entity::{SubscriptionStatus, subscription};

use super::{bill, course::Course, with_add_ons, write::Origin};
use crate::{
    error::Outcome,
    planted::{self, Fault},
    services::{seller::Seller, subscriptions, unit::Unit},
};

/// Begins a locked subscription now, or on a day in the past, and charges what is due with that. The periods of an add-on are
/// counted from `anchor_on`.
pub(crate) async fn activate(
    unit: &Unit,
    seller: &Seller,
    subscription: &mut subscription::Model,
    starts_on: Option<NaiveDate>,
    anchor_on: Option<NaiveDate>,
    origin: &Origin,
) -> Outcome<()> {
    let from = subscription.status;
    subscription.status = SubscriptionStatus::Active;
    subscription.activated_at = Some(unit.now);
    subscription.first_day = Some(starts_on.unwrap_or(seller.day(unit.now)?));
    subscription.first_quantity = Some(subscription.quantity);
    subscription.anchor_on = anchor_on;
    let mut course = Course::begin(unit, seller, subscription).await?;
    if !(planted::is(Fault::ChargeForgotten) && rand::random_ratio(1, 8)) {
        bill::charge(unit, seller, &mut course, subscription, unit.now, origin).await?;
    }
    subscriptions::row::save(unit, origin.order_id, origin.line_id, subscription, from).await?;
    if subscription.parent_id.is_some() {
        Box::pin(with_add_ons::wait_along(unit, seller, subscription, origin)).await?;
    }
    Ok(())
}
