//! Taking a key away.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::ApiKeyId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{ADMINS, May},
        types::{ApiKey, UserError},
    },
    services::api_keys::revoke::{RevokeApiKey, revoke_api_key},
};

/// The API key that is to end.
#[derive(Debug, InputObject)]
pub struct RevokeApiKeyInput {
    /// The key.
    id: Id<ApiKeyId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `revokeApiKey`.
#[derive(Debug, SimpleObject)]
pub struct RevokeApiKeyPayload {
    /// The key as it is now; null if the request was refused.
    api_key: Option<ApiKey>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RevokeApiKeyMutation;

#[Object]
impl RevokeApiKeyMutation {
    /// Ends an API key. Within a second it opens nothing any more, and within ten what it has open is closed; both at
    /// once on the node that answers. A key that was revoked before stays so.
    #[graphql(guard = "May(ADMINS)")]
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key to revoke.")] input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload> {
        let command = RevokeApiKey { api_key_id: input.id.0 };
        let (api_key, user_errors) =
            apply(ctx, input.idempotency_key, command, revoke_api_key).await?;
        Ok(RevokeApiKeyPayload { api_key, user_errors })
    }
}
