//! `rejectOrder`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{APPROVERS, May},
        types::{Order, UserError},
    },
    services::orders::reject::{RejectOrder, reject_order},
};

/// Input of `rejectOrder`.
#[derive(Debug, InputObject)]
pub struct RejectOrderInput {
    /// The order.
    id: Id<OrderId>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version. Where the same decision comes again, the version
    /// on which it was taken is right as well, so that a request may be sent again as it was.
    expected_version: Option<i32>,
    /// Why; shown to the buyer. 1 to 256 characters.
    reason: String,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `rejectOrder`.
#[derive(Debug, SimpleObject)]
pub struct RejectOrderPayload {
    /// The order as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RejectOrderMutation;

#[Object]
impl RejectOrderMutation {
    /// Says no to an order that waits for the caller's approval, and so to the whole order. The same no again changes
    /// nothing; for another reason it is refused. Whoever placed the order, changed its lines or submitted it cannot reject
    /// it, and whoever has said yes and waits for others keeps to it (`ALREADY_APPROVED`).
    #[graphql(guard = "May(APPROVERS)")]
    async fn reject_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RejectOrderInput,
    ) -> Result<RejectOrderPayload> {
        let command = RejectOrder {
            order_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            reason: input.reason,
        };
        let (order, user_errors) = apply(ctx, input.idempotency_key, command, reject_order).await?;
        Ok(RejectOrderPayload { order, user_errors })
    }
}
