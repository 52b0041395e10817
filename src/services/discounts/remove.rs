//! Removing a discount from a subscription.

use std::collections::BTreeMap;

use entity::{EventKind, SubscriptionDiscountId, subscription_discount};

use super::{held::holds_from, redeem};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        billing::next_period::next_period, seller::Seller, subscriptions, unit::Unit, validate,
    },
};

/// Which discount of a subscription is to end.
#[derive(Clone, Copy, Debug)]
pub struct RemoveDiscount {
    pub subscription_discount_id: SubscriptionDiscountId,
    /// Of the subscription.
    pub expected_version: Option<i64>,
}

/// Ends a discount of a subscription with what is billed by now: from the next period on it takes nothing off. One that had
/// not begun counts as a redemption no longer.
///
/// Refused with `SUBSCRIPTION_DISCOUNT_NOT_FOUND`, with `DISCOUNT_NOT_APPLIED` where it holds no longer, and as
/// [`super::apply::apply_discount`] is.
pub async fn remove_discount(
    unit: &Unit,
    command: RemoveDiscount,
) -> Outcome<SubscriptionDiscountId> {
    let id = command.subscription_discount_id;
    let row = unit.require::<subscription_discount::Entity>(id, "id").await??;
    let mut subscription = subscriptions::row::lock(unit, row.subscription_id).await?;
    validate::version(command.expected_version, subscription.version)?;
    // Read again: what was read before the lock may have changed.
    let row = unit.require::<subscription_discount::Entity>(id, "id").await??;
    let seller = Seller::load(unit).await?;
    let next = Box::pin(next_period(unit, &seller, &mut subscription)).await?;
    if !holds_from(&row, next) {
        let message = "The discount takes nothing off any more.";
        return Err(Refusal::of(RefusalCode::DiscountNotApplied, "id", message).into());
    }
    let end = next.max(row.first_period);
    let had_not_begun = end == row.first_period;
    if had_not_begun {
        redeem::add(unit, &BTreeMap::from([(row.discount_id, 1)]), -1).await?;
    }
    unit.save(subscription_discount::Model {
        end_period: Some(end),
        removed_by: Some(unit.viewer.subject.clone()),
        removed_at: Some(unit.now),
        returned_at: had_not_begun.then_some(unit.now),
        ..row
    })
    .await?;
    subscriptions::row::touch(unit, &mut subscription).await?;
    unit.record(subscriptions::row::about(EventKind::DiscountRemoved, &subscription)).await?;
    Ok(id)
}
