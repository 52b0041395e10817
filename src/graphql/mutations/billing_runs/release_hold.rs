//! Releasing a subscription from its billing hold.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::SubscriptionId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{CustomerSubscription, UserError},
    },
    services::billing_runs::release_hold::{ReleaseBillingHold, release_billing_hold},
};

/// A subscription that is to be billed again.
#[derive(Debug, InputObject)]
pub struct ReleaseBillingHoldInput {
    /// The subscription.
    id: Id<SubscriptionId>,
    /// Refuse with `VERSION_CONFLICT` unless the subscription has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `releaseBillingHold`.
#[derive(Debug, SimpleObject)]
pub struct ReleaseBillingHoldPayload {
    /// The subscription as it is now; null if the request was refused.
    subscription: Option<CustomerSubscription>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ReleaseBillingHoldMutation;

#[Object]
impl ReleaseBillingHoldMutation {
    /// Releases a subscription from its billing hold: what has become due meanwhile is billed, however much it is. It is
    /// held again if that still cannot be done.
    #[graphql(guard = "May(SELLERS)")]
    async fn release_billing_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The subscription.")] input: ReleaseBillingHoldInput,
    ) -> Result<ReleaseBillingHoldPayload> {
        let command = ReleaseBillingHold {
            subscription_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let (subscription, user_errors) =
            apply(ctx, input.idempotency_key, command, release_billing_hold).await?;
        Ok(ReleaseBillingHoldPayload { subscription, user_errors })
    }
}
