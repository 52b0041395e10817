//! `simulateOrderLine`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderLineId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SIMULATORS},
        types::{OrderLine, UserError, enums::SimulatedOutcome},
    },
    services::orders::lines::simulate::{SimulateOrderLine, simulate_order_line},
};

/// Input of `simulateOrderLine`.
#[derive(Debug, InputObject)]
pub struct SimulateOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// What is to come of it.
    outcome: SimulatedOutcome,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `simulateOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct SimulateOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct SimulateOrderLineMutation;

#[Object]
impl SimulateOrderLineMutation {
    /// In a sandbox: does to a line what its vendor might do, without one. Takes it up where nobody has.
    #[graphql(guard = "May(SIMULATORS)")]
    async fn simulate_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: SimulateOrderLineInput,
    ) -> Result<SimulateOrderLinePayload> {
        let command = SimulateOrderLine { line_id: input.id.0, outcome: input.outcome.into() };
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, simulate_order_line).await?;
        Ok(SimulateOrderLinePayload { order_line, user_errors })
    }
}
