//! `cancelOrder`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        types::{Order, UserError},
    },
    services::orders::cancel::{CancelOrder, cancel_order},
};

/// Input of `cancelOrder`.
#[derive(Debug, InputObject)]
pub struct CancelOrderInput {
    /// The order.
    id: Id<OrderId>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version. Where the same decision comes again, the version
    /// on which it was taken is right as well, so that a request may be sent again as it was.
    expected_version: Option<i32>,
    /// Why; kept with the order. Up to 1,000 characters.
    reason: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `cancelOrder`.
#[derive(Debug, SimpleObject)]
pub struct CancelOrderPayload {
    /// The order as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CancelOrderMutation;

#[Object]
impl CancelOrderMutation {
    /// Cancels an order that is a draft, waits for approval, or is approved and not started. The same by the same caller
    /// again changes nothing; for another reason it is refused.
    #[graphql(guard = "May(BUYERS)")]
    async fn cancel_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CancelOrderInput,
    ) -> Result<CancelOrderPayload> {
        let command = CancelOrder {
            order_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            reason: input.reason,
        };
        let (order, user_errors) = apply(ctx, input.idempotency_key, command, cancel_order).await?;
        Ok(CancelOrderPayload { order, user_errors })
    }
}
