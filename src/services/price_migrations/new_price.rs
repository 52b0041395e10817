//! What a subscription would be charged at another price, and whether it can be given that.

use domain::{
    billing::{BillingError, whole_price},
    money,
};
use entity::{
    OfferId, RoundingMode, SubscriptionChangeKind, SubscriptionStatus, plan_instance::PlanInstance,
    price, subscription, subscription_change,
};
use uuid::Uuid;

use crate::services::{billing::course::is_pending, prices::pricing_of};

/// Why a subscription keeps its price.
pub(super) type LeftOut = &'static str;

/// A copy of what was sold, at another price; nothing else of it changes. It is left out where that makes no sense.
pub(super) fn at_price(
    subscription: &subscription::Model,
    changes: &[subscription_change::Model],
    sold: &PlanInstance,
    price: Option<&price::Model>,
) -> Result<PlanInstance, LeftOut> {
    let waits = |kind| {
        let mut pending = changes.iter().filter(|change| is_pending(change));
        pending.any(|change| change.kind == kind)
    };
    let changes_offer =
        |change: &subscription_change::Model| is_pending(change) && change.plan_instance.is_some();
    let another_offer = changes
        .iter()
        .any(|change| change.kind == SubscriptionChangeKind::Terms && changes_offer(change));
    let Some(price) = price else { return Err("There is no price that would be asked of it.") };
    if subscription.status == SubscriptionStatus::Suspended {
        return Err("It is suspended.");
    }
    if waits(SubscriptionChangeKind::Cancel) || waits(SubscriptionChangeKind::AutoRenew) {
        return Err("It ends.");
    }
    if another_offer {
        return Err("It is to have another offer.");
    }
    if price.tax_inclusive != sold.tax_inclusive {
        return Err(
            "Of what is paid now and of the other price, one has the tax in it and one has not.",
        );
    }
    if !is_sold_as_one(sold, subscription.offer_id) {
        return Err("It is sold by a plan.");
    }
    // Another price begins no other term.
    let mut other = PlanInstance { id: Uuid::new_v4(), commitment: None, ..sold.clone() };
    for component in other.steps.iter_mut().flat_map(|step| &mut step.components) {
        component.pricing = pricing_of(price);
        component.tax_code_id = price.tax_code_id;
        component.tax_basis_points = price.tax_basis_points;
    }
    if is_same(&other, sold) {
        return Err("It has this price.");
    }
    Ok(other)
}

/// Whether what is charged of it is the offer itself, and nothing else.
fn is_sold_as_one(sold: &PlanInstance, offer_id: OfferId) -> bool {
    let mut components = sold.steps.iter().map(|step| step.components.as_slice());
    components.all(|all| matches!(all, [one] if one.id == offer_id.0))
}

/// Whether two copies differ in nothing but which they are.
pub(super) fn is_same(one: &PlanInstance, other: &PlanInstance) -> bool {
    one.steps == other.steps && one.tax_inclusive == other.tax_inclusive
}

/// What so many units cost for a whole period of a step of what was sold, the first one counting 1. What is charged once
/// beside the periods does not count.
pub(super) fn whole_of(
    sold: &PlanInstance,
    step: i32,
    quantity: i32,
    rounding: RoundingMode,
) -> Result<i64, BillingError> {
    let index = usize::try_from(step).unwrap_or_default().saturating_sub(1);
    let step = sold.steps.get(index).or(sold.steps.last());
    let components = step.iter().flat_map(|step| &step.components);
    let lasting = components.filter(|it| it.timing.is_for_time());
    let amounts = lasting.map(|it| whole_price(&it.pricing, quantity, rounding));
    Ok(money::sum(amounts.collect::<Result<Vec<_>, _>>()?)?)
}
