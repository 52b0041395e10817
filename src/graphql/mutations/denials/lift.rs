//! `liftDenial`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::DenialId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{May, SELLERS},
        types::UserError,
    },
    services::denials::lift::{LiftDenial, lift_denial},
};

/// Input of `liftDenial`.
#[derive(Debug, InputObject)]
pub struct LiftDenialInput {
    /// The denial.
    id: Id<DenialId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `liftDenial`.
#[derive(Debug, SimpleObject)]
pub struct LiftDenialPayload {
    /// The id that the denial had; null if the request was refused.
    lifted_denial_id: Option<Id<DenialId>>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct LiftDenialMutation;

#[Object]
impl LiftDenialMutation {
    /// Takes a denial back: what it denied can be ordered again.
    #[graphql(guard = "May(SELLERS)")]
    async fn lift_denial(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: LiftDenialInput,
    ) -> Result<LiftDenialPayload> {
        let command = LiftDenial { denial_id: input.id.0 };
        let done = run(ctx, input.idempotency_key, command, lift_denial).await?;
        Ok(match done {
            Ok(id) => LiftDenialPayload { lifted_denial_id: Some(Id(id)), user_errors: Vec::new() },
            Err(user_errors) => LiftDenialPayload { lifted_denial_id: None, user_errors },
        })
    }
}
