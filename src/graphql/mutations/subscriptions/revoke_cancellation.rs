//! `revokeCancellation`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::SubscriptionId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        types::{CustomerSubscription, UserError},
    },
    services::billing::revoke::{RevokeCancellation, revoke_cancellation},
};

/// Input of `revokeCancellation`.
#[derive(Debug, InputObject)]
pub struct RevokeCancellationInput {
    /// The subscription.
    id: Id<SubscriptionId>,
    /// Refuse with `VERSION_CONFLICT` unless the subscription has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `revokeCancellation`.
#[derive(Debug, SimpleObject)]
pub struct RevokeCancellationPayload {
    /// The subscription as it is now; null if the request was refused.
    subscription: Option<CustomerSubscription>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RevokeCancellationMutation;

#[Object]
impl RevokeCancellationMutation {
    /// Takes back the cancellation of a subscription that waits for its day: the subscription goes on. That needs no order
    /// and no approval.
    #[graphql(guard = "May(BUYERS)")]
    async fn revoke_cancellation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RevokeCancellationInput,
    ) -> Result<RevokeCancellationPayload> {
        let command = RevokeCancellation {
            subscription_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let (subscription, user_errors) =
            apply(ctx, input.idempotency_key, command, revoke_cancellation).await?;
        Ok(RevokeCancellationPayload { subscription, user_errors })
    }
}
