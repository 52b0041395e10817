//! Applying a discount to a subscription that runs.

use std::collections::BTreeMap;

use entity::{
    DiscountId, EventKind, SubscriptionDiscountId, SubscriptionId, discount, offer, subscription,
    subscription_discount,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    codes::{Buyer, with_what_belongs_to_them},
    held::holds_from,
    redeem,
};
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode},
    services::{
        billing::next_period::next_period, seller::Seller, subscriptions, unit::Unit, validate,
    },
};

/// How many a subscription may ever be given.
const MOST: usize = 100;

/// Which discount a subscription is to have.
#[derive(Clone, Copy, Debug)]
pub struct ApplyDiscount {
    pub subscription_id: SubscriptionId,
    pub expected_version: Option<i64>,
    pub discount_id: DiscountId,
}

/// Gives a subscription a discount, which begins with the first period that has not been billed. What is due by now is
/// billed first. Counts as a redemption.
///
/// Refused with `DISCOUNT_NOT_APPLICABLE` as its code would be, and where the subscription has it and it holds on; with
/// `TOO_MANY_DISCOUNTS`; with `SUBSCRIPTION_NOT_MODIFIABLE` unless the subscription has begun and not ended; with
/// `SUBSCRIPTION_NOT_RECURRING`; and as billing is.
pub async fn apply_discount(
    unit: &Unit,
    command: ApplyDiscount,
) -> Outcome<SubscriptionDiscountId> {
    let mut subscription = unit.lock::<subscription::Entity>(command.subscription_id).await?;
    validate::version(command.expected_version, subscription.version)?;
    let discount = unit.lock_if_there::<discount::Entity>(command.discount_id).await?;
    let discount = discount.ok_or_else(|| access::not_found::<discount::Entity>("discountId"))?;
    let seller = Seller::load(unit).await?;
    let next = Box::pin(next_period(unit, &seller, &mut subscription)).await?;
    let not_applicable =
        |why: &str| Refusal::of(RefusalCode::DiscountNotApplicable, "discountId", why);
    let known = with_what_belongs_to_them(unit, subscription.customer_id, vec![discount]).await?;
    let known = known.into_iter().next().ok_or_else(|| anyhow::anyhow!("a discount is gone"))?;
    let offer = unit.related::<offer::Entity>(subscription.offer_id).await?;
    let buyer = Buyer {
        customer_id: subscription.customer_id,
        partner_id: subscription.partner_id,
        currency: &subscription.currency,
    };
    if let Some(why) = known.objection(buyer, &offer, seller.day(unit.now)?) {
        return Err(not_applicable(why).into());
    }
    let given = subscription_discount::Entity::find()
        .filter(subscription_discount::Column::TenantId.eq(subscription.tenant_id))
        .filter(subscription_discount::Column::SubscriptionId.eq(subscription.id))
        .all(&unit.txn)
        .await?;
    let is_same = |row: &&subscription_discount::Model| row.discount_id == command.discount_id;
    if given.iter().filter(is_same).any(|row| holds_from(row, next)) {
        return Err(not_applicable("The subscription has it already.").into());
    }
    if given.len() >= MOST {
        let message = format!("A subscription is given {MOST} discounts at most.");
        return Err(Refusal::of(RefusalCode::TooManyDiscounts, "id", message).into());
    }

    let row = subscription_discount::Model {
        id: SubscriptionDiscountId::new(unit.now),
        tenant_id: subscription.tenant_id,
        subscription_id: subscription.id,
        customer_id: subscription.customer_id,
        discount_id: command.discount_id,
        order_line_id: None,
        terms: known.terms(),
        first_period: next,
        end_period: None,
        applied_by: unit.viewer.subject.clone(),
        removed_by: None,
        removed_at: None,
        returned_at: None,
        created_at: unit.now,
    };
    let id = row.id;
    unit.insert(row).await?;
    redeem::add(unit, &BTreeMap::from([(command.discount_id, 1)]), 1).await?;
    subscriptions::row::touch(unit, &mut subscription).await?;
    unit.record(subscriptions::row::about(EventKind::DiscountApplied, &subscription)).await?;
    Ok(id)
}
