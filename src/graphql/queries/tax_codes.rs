//! Tax codes.

use async_graphql::{Context, Object};
use entity::{TaxCodeId, tax_code};

use super::not_exactly_one;
use crate::{
    graphql::{
        context::viewer, error::Result, id::Id, read::output::Connection, roles::SignedIn,
        types::TaxCode,
    },
    services::{
        lists::tax_codes::tax_codes,
        lookup,
        page::{Direction, PageRequest},
    },
};

#[derive(Default)]
pub(super) struct TaxCodesQuery;

#[Object]
impl TaxCodesQuery {
    /// One tax code, by its id or by its code. Give exactly one of the two.
    #[graphql(guard = "SignedIn")]
    async fn tax_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id.")] id: Option<Id<TaxCodeId>>,
        #[graphql(desc = "What the seller calls the tax code.")] code: Option<String>,
    ) -> Result<Option<TaxCode>> {
        Ok(Some(match (id, code) {
            (Some(id), None) => TaxCode::by_id(id.0),
            (None, Some(code)) => {
                TaxCode::by_select(lookup::by_key::<tax_code::Entity>(viewer(ctx)?, code)?)
            }
            (Some(_), Some(_)) | (None, None) => return Err(not_exactly_one()),
        }))
    }

    /// The tax codes of the seller, newest first.
    #[graphql(guard = "SignedIn")]
    async fn tax_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
    ) -> Result<Connection<TaxCode>> {
        let found = tax_codes(viewer(ctx)?, Direction::Descending);
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }
}
