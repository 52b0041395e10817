//! `submitOrder`.

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
    services::orders::submit::{SubmitOrder, submit_order},
};

/// Input of `submitOrder`.
#[derive(Debug, InputObject)]
pub struct SubmitOrderInput {
    /// The order.
    id: Id<OrderId>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `submitOrder`.
#[derive(Debug, SimpleObject)]
pub struct SubmitOrderPayload {
    /// The order as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct SubmitOrderMutation;

#[Object]
impl SubmitOrderMutation {
    /// Submits a draft. From here on it cannot be changed; prices, tax and PO numbers stay as they are now. It waits
    /// for approval where the tenant or a partner asks for it, and is approved at once where nobody does.
    /// Whoever submits an order cannot decide on it. Refused with `CUSTOMER_MOVED` where the customer has gone to another
    /// partner since the draft was created, and with `PAYMENT_AGREEMENT_NOT_ACTIVE` where it is to be paid for first and is not.
    #[graphql(guard = "May(BUYERS)")]
    async fn submit_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: SubmitOrderInput,
    ) -> Result<SubmitOrderPayload> {
        let command = SubmitOrder {
            order_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let (order, user_errors) = apply(ctx, input.idempotency_key, command, submit_order).await?;
        Ok(SubmitOrderPayload { order, user_errors })
    }
}
