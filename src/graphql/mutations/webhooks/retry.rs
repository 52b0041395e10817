//! Trying at once to post the next event to a webhook endpoint.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::WebhookEndpointId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, WEBHOOK_KEEPERS},
        types::{UserError, WebhookEndpoint},
    },
    services::webhooks::retry::{RetryWebhook, retry_webhook},
};

/// The webhook endpoint that is to be tried again.
#[derive(Debug, InputObject)]
pub struct RetryWebhookInput {
    /// The endpoint.
    id: Id<WebhookEndpointId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `retryWebhook`.
#[derive(Debug, SimpleObject)]
pub struct RetryWebhookPayload {
    /// The endpoint as it is now; null if the request was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RetryWebhookMutation;

#[Object]
impl RetryWebhookMutation {
    /// Ends the pause that follows a failure: the next event is tried again in a moment.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn retry_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint.")] input: RetryWebhookInput,
    ) -> Result<RetryWebhookPayload> {
        let command = RetryWebhook { webhook_endpoint_id: input.id.0 };
        let (webhook_endpoint, user_errors) =
            apply(ctx, input.idempotency_key, command, retry_webhook).await?;
        Ok(RetryWebhookPayload { webhook_endpoint, user_errors })
    }
}
