//! Editions.

use async_graphql::{Context, Object};
use entity::{EditionId, ProductId};

use crate::{
    graphql::{
        context::viewer, error::Result, id::Id, read::output::Connection, roles::SignedIn,
        types::Edition,
    },
    services::{
        lists::editions::{EditionFilter, editions},
        page::{Direction, PageRequest},
    },
};

#[derive(Default)]
pub(super) struct EditionsQuery;

#[Object]
impl EditionsQuery {
    /// One edition.
    #[graphql(guard = "SignedIn")]
    async fn edition(&self, #[graphql(desc = "The id.")] id: Id<EditionId>) -> Option<Edition> {
        Some(Edition::by_id(id.0))
    }

    /// The editions in which products are licensed, newest first.
    #[graphql(guard = "SignedIn")]
    async fn editions(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
        #[graphql(desc = "Only editions of this product.")] product_id: Option<Id<ProductId>>,
    ) -> Result<Connection<Edition>> {
        let filter = EditionFilter { product: product_id.map(|id| id.0) };
        let found = editions(viewer(ctx)?, &filter, Direction::Descending);
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }
}
