//! Giving a webhook endpoint another secret.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::WebhookEndpointId;
use secrecy::ExposeSecret;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{May, WEBHOOK_KEEPERS},
        types::{UserError, WebhookEndpoint},
    },
    services::webhooks::{
        create::SecretMade,
        rotate_secret::{RotateWebhookSecret, rotate_webhook_secret},
    },
};

/// The webhook endpoint that is to have another secret.
#[derive(Debug, InputObject)]
pub struct RotateWebhookSecretInput {
    /// The endpoint.
    id: Id<WebhookEndpointId>,
    /// Refuse with `VERSION_CONFLICT` unless the endpoint has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `rotateWebhookSecret`.
#[derive(Debug, SimpleObject)]
pub struct RotateWebhookSecretPayload {
    /// The endpoint as it is now; null if the request was refused.
    webhook_endpoint: Option<WebhookEndpoint>,
    /// The secret with which messages are signed, as Standard Webhooks spells it. It is shown this once: a retry with the
    /// same idempotency key gets null here.
    secret: Option<String>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RotateWebhookSecretMutation;

#[Object]
impl RotateWebhookSecretMutation {
    /// Makes another secret for a webhook endpoint. For 24 hours messages are signed with the one before as well, so that the
    /// receiver can be changed meanwhile.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The endpoint.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload> {
        let command = RotateWebhookSecret {
            webhook_endpoint_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let done = run(ctx, input.idempotency_key, command, rotate_webhook_secret);
        Ok(match done.await? {
            Ok(SecretMade { id, secret }) => RotateWebhookSecretPayload {
                webhook_endpoint: Some(WebhookEndpoint::by_id(id)),
                secret: secret.map(|secret| secret.expose_secret().to_owned()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => {
                RotateWebhookSecretPayload { webhook_endpoint: None, secret: None, user_errors }
            }
        })
    }
}
