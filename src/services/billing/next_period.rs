//! Which period of a subscription comes next: what begins with that touches nothing that is billed.

use entity::subscription;

use super::{
    bill,
    course::{Course, has_periods},
    refusals::failed,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{seller::Seller, unit::Unit},
};

/// The number of the next period of a locked subscription: the first that nothing is charged for yet. What is due by now is
/// billed first; the caller writes the subscription.
///
/// Refused with `SUBSCRIPTION_NOT_MODIFIABLE` where it has not begun or has ended, with `SUBSCRIPTION_NOT_RECURRING` where
/// it has no periods, and as billing is.
pub(crate) async fn next_period(
    unit: &Unit,
    seller: &Seller,
    subscription: &mut subscription::Model,
) -> Outcome<i32> {
    if subscription.activated_at.is_some() && subscription.ended_at.is_none() {
        let mut course = Course::load(unit, seller, subscription).await?;
        let billed = bill::catch_up(unit, seller, &mut course, subscription, unit.now);
        Box::pin(billed).await?;
        if subscription.ended_at.is_none() {
            let today = course.day(seller, unit.now)?;
            if !has_periods(course.instance_on(today)) {
                let message = "The subscription was bought once: no period follows.";
                return Err(
                    Refusal::of(RefusalCode::SubscriptionNotRecurring, "id", message).into()
                );
            }
            let charges = course.charges(seller, unit.now, |_| true).map_err(failed)?;
            let begun = charges.begun.last().map_or(0, |begun| begun.number);
            return Ok(i32::try_from(begun).unwrap_or(i32::MAX).saturating_add(1));
        }
    }
    Err(bill::refuse_status(subscription).at("id").into())
}
