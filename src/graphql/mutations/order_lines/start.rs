//! `startOrderLine`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderLineId;

use super::answer;
use crate::{
    graphql::{
        error::Result,
        guards::{May, PROVISIONERS},
        id::Id,
        mutations::run,
        types::{OrderLine, UserError},
    },
    services::order_lines::start::{StartOrderLine, start_order_line},
};

/// What `startOrderLine` needs to know.
#[derive(Debug, InputObject)]
pub struct StartOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// What came of `startOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct StartOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct StartOrderLineMutation;

#[Object]
impl StartOrderLineMutation {
    /// Takes up a pending line of an order in provisioning.
    #[graphql(guard = "May(PROVISIONERS)")]
    async fn start_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: StartOrderLineInput,
    ) -> Result<StartOrderLinePayload> {
        let command = StartOrderLine { line_id: input.id.0 };
        let done = run(ctx, input.idempotency_key, command, |unit, command| {
            Box::pin(start_order_line(unit, command))
        })
        .await?;
        let (order_line, user_errors) = answer(done);
        Ok(StartOrderLinePayload { order_line, user_errors })
    }
}
