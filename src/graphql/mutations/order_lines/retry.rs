//! `retryOrderLine`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderLineId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, RETRIERS},
        types::{OrderLine, UserError},
    },
    services::orders::lines::retry::{RetryOrderLine, retry_order_line},
};

/// Input of `retryOrderLine`.
#[derive(Debug, InputObject)]
pub struct RetryOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `retryOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct RetryOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RetryOrderLineMutation;

#[Object]
impl RetryOrderLineMutation {
    /// Asks for another attempt at a line that failed. Its order goes back into provisioning if it had ended. Lines of add-ons
    /// that failed with it wait for it again.
    #[graphql(guard = "May(RETRIERS)")]
    async fn retry_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RetryOrderLineInput,
    ) -> Result<RetryOrderLinePayload> {
        let command = RetryOrderLine { line_id: input.id.0 };
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, retry_order_line).await?;
        Ok(RetryOrderLinePayload { order_line, user_errors })
    }
}
