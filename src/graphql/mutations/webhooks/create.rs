//! Setting a webhook endpoint up.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PartnerId;
use secrecy::ExposeSecret;

use super::document;
use crate::{
    graphql::{
        context::app,
        error::Result,
        id::Id,
        mutations::run,
        roles::{May, WEBHOOK_KEEPERS},
        types::{
            UserError, WebhookEndpoint,
            enums::{EventKind, WebhookPurpose},
        },
    },
    services::webhooks::create::{CreateWebhookEndpoint, SecretMade, create_webhook_endpoint},
};

/// A webhook endpoint that is to be.
#[derive(Debug, InputObject)]
pub struct CreateWebhookEndpointInput {
    /// Where it is: an address that begins with `https://`, on port 443 or 8443, of a host on the public
    /// internet.
    url: String,
    /// What is to be posted to it; never changed.
    #[graphql(default_with = "WebhookPurpose::Events")]
    purpose: WebhookPurpose,
    /// The kinds of events that are to be posted; at least one, and none where order lines are posted.
    #[graphql(default)]
    kinds: Vec<EventKind>,
    /// What is to be told of an event: one subscription to `events` without arguments, such as
    /// `subscription { events { id kind order { number status } } }`. The message has in `data` what that subscription
    /// would deliver. Of a line: one query of it, such as
    /// `query ($id: ID!) { orderLine(id: $id) { id quantity offer { code } } }`. Left out: what most will need.
    document: Option<String>,
    /// The partner whose it is to be: the endpoint is told what the partner may see. Partners leave it out, or name
    /// themselves. Left out by the seller: its own, which is told everything, and which alone may carry order lines out.
    partner_id: Option<Id<PartnerId>>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createWebhookEndpoint`.
#[derive(Debug, SimpleObject)]
pub struct CreateWebhookEndpointPayload {
    /// The new endpoint; null if the request was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// The secret with which messages are signed, as Standard Webhooks spells it. It is shown this once: a retry with the
    /// same idempotency key gets null here.
    secret: Option<String>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateWebhookEndpointMutation;

#[Object]
impl CreateWebhookEndpointMutation {
    /// Sets a webhook endpoint up, to which goes what happens from now on, or the order lines of the products that name it.
    /// The seller may have 100, each partner 10.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn create_webhook_endpoint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the endpoint is to be.")] input: CreateWebhookEndpointInput,
    ) -> Result<CreateWebhookEndpointPayload> {
        let command = CreateWebhookEndpoint {
            partner_id: input.partner_id.map(|id| id.0),
            url: app(ctx).outbound.look_at(&input.url).await,
            purpose: input.purpose.into(),
            kinds: input.kinds.into_iter().map(Into::into).collect(),
            document: input.document.map(document),
        };
        let done = run(ctx, input.idempotency_key, command, create_webhook_endpoint);
        Ok(match done.await? {
            Ok(SecretMade { id, secret }) => CreateWebhookEndpointPayload {
                webhook_endpoint: Some(WebhookEndpoint::by_id(id)),
                secret: secret.map(|secret| secret.expose_secret().to_owned()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => {
                CreateWebhookEndpointPayload { webhook_endpoint: None, secret: None, user_errors }
            }
        })
    }
}
