//! Releasing a subscription from its billing hold.

use entity::{EventKind, SubscriptionId, subscription};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{subscriptions, unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct ReleaseBillingHold {
    pub subscription_id: SubscriptionId,
    pub expected_version: Option<i64>,
}

/// Lets a subscription be billed again, with all that has become due meanwhile, however much that is. Refused with
/// `NOT_ON_BILLING_HOLD`.
pub async fn release_billing_hold(
    unit: &Unit,
    command: ReleaseBillingHold,
) -> Outcome<SubscriptionId> {
    let mut held = unit.lock::<subscription::Entity>(command.subscription_id).await?;
    validate::version(command.expected_version, held.version)?;
    if held.billing_hold_reason.take().is_none() {
        let message = "The subscription is not on billing hold.";
        return Err(Refusal::of(RefusalCode::NotOnBillingHold, "id", message).into());
    }
    held.version += 1;
    held.updated_at = unit.now;
    unit.record(subscriptions::row::about(EventKind::BillingReleased, &held)).await?;
    unit.save(held).await?;
    Ok(command.subscription_id)
}
