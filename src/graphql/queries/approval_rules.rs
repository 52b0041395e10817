//! Rules that say when an order needs whose answer.

use async_graphql::{Context, Object};
use entity::ApprovalRuleId;

use crate::{
    graphql::{
        context::viewer, error::Result, id::Id, read::output::Connection, roles::SignedIn,
        types::ApprovalRule,
    },
    services::{
        lists::approval_rules::approval_rules,
        page::{Direction, PageRequest},
    },
};

#[derive(Default)]
pub(super) struct ApprovalRulesQuery;

#[Object]
impl ApprovalRulesQuery {
    /// One rule of approval.
    #[graphql(guard = "SignedIn")]
    async fn approval_rule(
        &self,
        #[graphql(desc = "The id.")] id: Id<ApprovalRuleId>,
    ) -> Result<Option<ApprovalRule>> {
        Ok(Some(ApprovalRule::by_id(id.0)))
    }

    /// The rules of approval that the caller may see, newest first.
    #[graphql(guard = "SignedIn")]
    async fn approval_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
    ) -> Result<Connection<ApprovalRule>> {
        let found = approval_rules(viewer(ctx)?, Direction::Descending);
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }
}
