//! Taking a webhook endpoint away.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::WebhookEndpointId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{May, WEBHOOK_KEEPERS},
        types::UserError,
    },
    services::webhooks::delete::{DeleteWebhookEndpoint, delete_webhook_endpoint},
};

/// Input of `deleteWebhookEndpoint`.
#[derive(Debug, InputObject)]
pub struct DeleteWebhookEndpointInput {
    /// The endpoint.
    id: Id<WebhookEndpointId>,
    /// Refuse with `VERSION_CONFLICT` unless the endpoint has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `deleteWebhookEndpoint`.
#[derive(Debug, SimpleObject)]
pub struct DeleteWebhookEndpointPayload {
    /// The id that the endpoint had; null if the request was refused.
    deleted_webhook_endpoint_id: Option<Id<WebhookEndpointId>>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct DeleteWebhookEndpointMutation;

#[Object]
impl DeleteWebhookEndpointMutation {
    /// Deletes a webhook endpoint, its secrets and its deliveries. Nothing is posted to it any more but what is on its way.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn delete_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: DeleteWebhookEndpointInput,
    ) -> Result<DeleteWebhookEndpointPayload> {
        let command = DeleteWebhookEndpoint {
            webhook_endpoint_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let done = run(ctx, input.idempotency_key, command, delete_webhook_endpoint).await?;
        let (id, user_errors) = match done {
            Ok(id) => (Some(Id(id)), Vec::new()),
            Err(user_errors) => (None, user_errors),
        };
        Ok(DeleteWebhookEndpointPayload { deleted_webhook_endpoint_id: id, user_errors })
    }
}
