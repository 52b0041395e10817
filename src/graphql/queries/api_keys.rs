//! API keys.

use async_graphql::{Context, Object};

use crate::{
    graphql::{
        context::viewer,
        error::Result,
        read::output::Connection,
        roles::{ADMINS, May},
        types::ApiKey,
    },
    services::{lists::api_keys::api_keys, page::PageRequest},
};

#[derive(Default)]
pub(super) struct ApiKeysQuery;

#[Object]
impl ApiKeysQuery {
    /// The API keys of the tenant, revoked and expired ones as well, newest first. For administrators.
    #[graphql(guard = "May(ADMINS)")]
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
    ) -> Result<Connection<ApiKey>> {
        Connection::new(ctx, api_keys(viewer(ctx)?), PageRequest { first, after, last, before })
            .await
    }
}
