//! What can be changed about API keys.

pub mod create;
pub mod revoke;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct ApiKeyMutations(create::CreateApiKeyMutation, revoke::RevokeApiKeyMutation);
