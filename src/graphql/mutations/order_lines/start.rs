//! `startOrderLine`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderLineId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, PROVISIONERS},
        types::{OrderLine, UserError},
    },
    services::orders::lines::start::{StartOrderLine, start_order_line},
};

/// Input of `startOrderLine`.
#[derive(Debug, InputObject)]
pub struct StartOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `startOrderLine`.
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
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, start_order_line).await?;
        Ok(StartOrderLinePayload { order_line, user_errors })
    }
}
