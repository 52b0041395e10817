//! Making a key for a caller.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{CustomerId, PartnerId};
use secrecy::ExposeSecret;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{ADMINS, May},
        scalars::Time,
        types::{ApiKey, UserError, enums::Role},
    },
    services::api_keys::create::{ApiKeyCreated, CreateApiKey, create_api_key},
};

/// An API key that is to be.
#[derive(Debug, InputObject)]
pub struct CreateApiKeyInput {
    /// What people call the key: up to 200 characters.
    name: String,
    /// What its holder may do. Never changed.
    role: Role,
    /// The partner that its holder speaks for. Required for the role `PARTNER`, possible for `APPROVER`, else left out.
    partner_id: Option<Id<PartnerId>>,
    /// The customer that its holder speaks for. Required for the role `CUSTOMER`, else left out.
    customer_id: Option<Id<CustomerId>>,
    /// When the key ends by itself. Left out: when it is revoked.
    expires_at: Option<Time>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createApiKey`.
#[derive(Debug, SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The new key; null if the request was refused.
    api_key: Option<ApiKey>,
    /// The whole key, as it is to be sent with requests. It is shown this once and not stored: a retry with the same
    /// idempotency key gets null here.
    secret: Option<String>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateApiKeyMutation;

#[Object]
impl CreateApiKeyMutation {
    /// Makes an API key, with which a program or person calls this API.
    #[graphql(guard = "May(ADMINS)")]
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the key is to be.")] input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload> {
        let command = CreateApiKey {
            name: input.name,
            role: input.role.into(),
            partner_id: input.partner_id.map(|id| id.0),
            customer_id: input.customer_id.map(|id| id.0),
            expires_at: input.expires_at.map(|time| time.0),
        };
        let done = run(ctx, input.idempotency_key, command, create_api_key);
        Ok(match done.await? {
            Ok(ApiKeyCreated { id, secret }) => CreateApiKeyPayload {
                api_key: Some(ApiKey::by_id(id)),
                secret: secret.map(|secret| secret.expose_secret().to_owned()),
                user_errors: Vec::new(),
            },
            Err(user_errors) => CreateApiKeyPayload { api_key: None, secret: None, user_errors },
        })
    }
}
