//! Having a test posted to a webhook endpoint.

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
    services::webhooks::send_test::{SendWebhookTest, send_webhook_test},
};

/// The webhook endpoint to which a test is to be posted.
#[derive(Debug, InputObject)]
pub struct SendWebhookTestInput {
    /// The endpoint.
    id: Id<WebhookEndpointId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `sendWebhookTest`.
#[derive(Debug, SimpleObject)]
pub struct SendWebhookTestPayload {
    /// The endpoint as it is now; null if the request was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct SendWebhookTestMutation;

#[Object]
impl SendWebhookTestMutation {
    /// Has a test posted to a webhook endpoint, in a moment, also where it is disabled: a message of the type `TEST`, signed
    /// like all others, with null in `data`. What comes of it is among the endpoint's deliveries.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn send_webhook_test(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint.")] input: SendWebhookTestInput,
    ) -> Result<SendWebhookTestPayload> {
        let command = SendWebhookTest { webhook_endpoint_id: input.id.0 };
        let (webhook_endpoint, user_errors) =
            apply(ctx, input.idempotency_key, command, send_webhook_test).await?;
        Ok(SendWebhookTestPayload { webhook_endpoint, user_errors })
    }
}
