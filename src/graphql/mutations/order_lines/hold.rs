//! `holdOrderLine`.

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
    services::orders::lines::hold::{HoldOrderLine, hold_order_line},
};

/// Input of `holdOrderLine`.
#[derive(Debug, InputObject)]
pub struct HoldOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// What must be answered; shown to the buyer. 1 to 1,000 characters.
    reason: String,
    /// The answers that the question has, of which one is to be given; up to 20, each of 1 to 200 characters. Without them,
    /// any text is an answer.
    #[graphql(default)]
    choices: Vec<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `holdOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct HoldOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct HoldOrderLineMutation;

#[Object]
impl HoldOrderLineMutation {
    /// Puts a line in progress on hold until a buyer answers, and its order with it.
    #[graphql(guard = "May(PROVISIONERS)")]
    async fn hold_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: HoldOrderLineInput,
    ) -> Result<HoldOrderLinePayload> {
        let command =
            HoldOrderLine { line_id: input.id.0, reason: input.reason, choices: input.choices };
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, hold_order_line).await?;
        Ok(HoldOrderLinePayload { order_line, user_errors })
    }
}
