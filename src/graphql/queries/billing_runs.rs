//! Billing runs.

use async_graphql::{Context, Object};
use entity::BillingRunId;

use crate::{
    graphql::{
        context::viewer, error::Result, id::Id, read::output::Connection, roles::SignedIn,
        types::BillingRun,
    },
    services::{lists::billing_runs::billing_runs, page::PageRequest},
};

#[derive(Default)]
pub(super) struct BillingRunsQuery;

#[Object]
impl BillingRunsQuery {
    /// One billing run. For those who work for the seller.
    #[graphql(guard = "SignedIn")]
    async fn billing_run(
        &self,
        #[graphql(desc = "The id.")] id: Id<BillingRunId>,
    ) -> Option<BillingRun> {
        Some(BillingRun::by_id(id.0))
    }

    /// The billing runs, newest first. For those who work for the seller: others see none.
    #[graphql(guard = "SignedIn")]
    async fn billing_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
    ) -> Result<Connection<BillingRun>> {
        let found = billing_runs(viewer(ctx)?);
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }
}
