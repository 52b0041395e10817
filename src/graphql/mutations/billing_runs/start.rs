//! Starting a billing run.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::{
    graphql::{
        error::Result,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::Time,
        types::{BillingRun, UserError},
    },
    services::billing_runs::start::{StartBillingRun, start_billing_run},
};

/// A billing run that is to be.
#[derive(Debug, InputObject)]
pub struct StartBillingRunInput {
    /// What is due by then is billed. Left out: now. Not in the future, but for a dry run, which may look up to 36 months
    /// ahead.
    as_of: Option<Time>,
    /// Whether it only counts what it would do, and changes nothing.
    #[graphql(default)]
    dry_run: bool,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `startBillingRun`.
#[derive(Debug, SimpleObject)]
pub struct StartBillingRunPayload {
    /// The run: a new one, or the one that was running; null if the request was refused.
    billing_run: Option<BillingRun>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct StartBillingRunMutation;

#[Object]
impl StartBillingRunMutation {
    /// Starts a billing run, which then goes on by itself: watch it in the feed `events`. What is due is billed without it
    /// as well. Of runs that are not dry, one runs at a time: whoever starts another is given the one that runs.
    #[graphql(guard = "May(SELLERS)")]
    async fn start_billing_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the run is to be.")] input: StartBillingRunInput,
    ) -> Result<StartBillingRunPayload> {
        let command =
            StartBillingRun { as_of: input.as_of.map(|time| time.0), dry_run: input.dry_run };
        let (billing_run, user_errors) =
            apply(ctx, input.idempotency_key, command, start_billing_run).await?;
        Ok(StartBillingRunPayload { billing_run, user_errors })
    }
}
