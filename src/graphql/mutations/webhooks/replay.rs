//! Having a webhook endpoint go on from another place in the log.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::WebhookEndpointId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, WEBHOOK_KEEPERS},
        scalars::FeedCursor,
        types::{UserError, WebhookEndpoint},
    },
    services::webhooks::replay::{ReplayWebhookEvents, replay_webhook_events},
};

/// From where a webhook endpoint is to go on.
#[derive(Debug, InputObject)]
pub struct ReplayWebhookEventsInput {
    /// The endpoint.
    id: Id<WebhookEndpointId>,
    /// Refuse with `VERSION_CONFLICT` unless the endpoint has this version.
    expected_version: Option<i32>,
    /// Events that follow this cursor are posted. `cursor` of an event, or `feedCursor`.
    after: FeedCursor,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `replayWebhookEvents`.
#[derive(Debug, SimpleObject)]
pub struct ReplayWebhookEventsPayload {
    /// The endpoint as it is now; null if the request was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ReplayWebhookEventsMutation;

#[Object]
impl ReplayWebhookEventsMutation {
    /// Has a webhook endpoint go on from a place in the log: what it has had since is posted again, with the same ids, and
    /// what lies between is left out. One that is disabled goes on from there when it is enabled.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn replay_webhook_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint.")] input: ReplayWebhookEventsInput,
    ) -> Result<ReplayWebhookEventsPayload> {
        let command = ReplayWebhookEvents {
            webhook_endpoint_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            after: input.after.0,
        };
        let (webhook_endpoint, user_errors) =
            apply(ctx, input.idempotency_key, command, replay_webhook_events).await?;
        Ok(ReplayWebhookEventsPayload { webhook_endpoint, user_errors })
    }
}
