//! Changing a webhook endpoint, enabling or disabling it.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::WebhookEndpointId;

use super::document;
use crate::{
    graphql::{
        context::app,
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, WEBHOOK_KEEPERS},
        types::{
            UserError, WebhookEndpoint,
            enums::{EventKind, WebhookStatus},
        },
    },
    services::{
        change::Change,
        webhooks::update::{UpdateWebhookEndpoint, update_webhook_endpoint},
    },
};

/// What is to change about a webhook endpoint.
#[derive(Debug, InputObject)]
pub struct UpdateWebhookEndpointInput {
    /// The endpoint.
    id: Id<WebhookEndpointId>,
    /// Refuse with `VERSION_CONFLICT` unless the endpoint has this version.
    expected_version: Option<i32>,
    /// Where it is: an address that begins with `https://`, on port 443 or 8443, of a host on the public
    /// internet.
    url: MaybeUndefined<String>,
    /// The kinds of events that are to be posted; at least one, and none where order lines are posted.
    kinds: MaybeUndefined<Vec<EventKind>>,
    /// What is to be told: of an event, one subscription to `events` without arguments; of a line, one query of `orderLine`.
    /// Null: what is told unless somebody says otherwise.
    document: MaybeUndefined<String>,
    /// `DISABLED`: nothing is posted any more. `ENABLED`: events are posted from where the endpoint is, which is told as its
    /// `cursor`; order lines that wait are posted again, each when it is due.
    status: MaybeUndefined<WebhookStatus>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateWebhookEndpoint`.
#[derive(Debug, SimpleObject)]
pub struct UpdateWebhookEndpointPayload {
    /// The endpoint as it is now; null if the request was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateWebhookEndpointMutation;

#[Object]
impl UpdateWebhookEndpointMutation {
    /// Changes a webhook endpoint. A field that is left out keeps its value; null clears it.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn update_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint and its changes.")] input: UpdateWebhookEndpointInput,
    ) -> Result<UpdateWebhookEndpointPayload> {
        let url = match input.url {
            MaybeUndefined::Undefined => Change::Keep,
            MaybeUndefined::Null => Change::Clear,
            MaybeUndefined::Value(url) => Change::Set(app(ctx).outbound.look_at(&url).await),
        };
        let command = UpdateWebhookEndpoint {
            webhook_endpoint_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            url,
            kinds: change(input.kinds, |kinds: Vec<_>| kinds.into_iter().map(Into::into).collect()),
            document: change(input.document, document),
            status: change(input.status, Into::into),
        };
        let (webhook_endpoint, user_errors) =
            apply(ctx, input.idempotency_key, command, update_webhook_endpoint).await?;
        Ok(UpdateWebhookEndpointPayload { webhook_endpoint, user_errors })
    }
}
