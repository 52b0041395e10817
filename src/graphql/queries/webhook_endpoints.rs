//! Webhook endpoints.

use async_graphql::{Context, Object};
use entity::WebhookEndpointId;

use crate::{
    graphql::{
        context::viewer,
        error::Result,
        id::Id,
        read::output::Connection,
        roles::{May, WEBHOOK_KEEPERS},
        types::WebhookEndpoint,
    },
    services::{lists::webhook_endpoints::webhook_endpoints, page::PageRequest},
};

#[derive(Default)]
pub(super) struct WebhookEndpointsQuery;

#[Object]
impl WebhookEndpointsQuery {
    /// One webhook endpoint. For administrators, and for partners of their own.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn webhook_endpoint(
        &self,
        #[graphql(desc = "The id.")] id: Id<WebhookEndpointId>,
    ) -> Option<WebhookEndpoint> {
        Some(WebhookEndpoint::by_id(id.0))
    }

    /// The webhook endpoints, newest first. For administrators, and for partners of their own.
    #[graphql(guard = "May(WEBHOOK_KEEPERS)")]
    async fn webhook_endpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
    ) -> Result<Connection<WebhookEndpoint>> {
        let found = webhook_endpoints(viewer(ctx)?);
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }
}
