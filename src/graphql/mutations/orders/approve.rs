//! `approveOrder`.

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
    services::orders::approve::{ApproveOrder, approve_order},
};

/// Input of `approveOrder`.
#[derive(Debug, InputObject)]
pub struct ApproveOrderInput {
    /// The order.
    id: Id<OrderId>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version. Where the same decision comes again, the version
    /// on which it was taken is right as well, so that a request may be sent again as it was.
    expected_version: Option<i32>,
    /// The approver's own id of the deal; it reaches the subscriptions, licenses and invoice lines that come from the
    /// order. Of several approvers' references the last one counts, on all of them.
    external_reference: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `approveOrder`.
#[derive(Debug, SimpleObject)]
pub struct ApproveOrderPayload {
    /// The order as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ApproveOrderMutation;

#[Object]
impl ApproveOrderMutation {
    /// Says yes to an order that waits for the caller's approval. The last yes approves it, and provisioning begins on
    /// its start date. Where several people must say yes at a level, the order waits until as many have
    /// (`Order.approvals`); each yes is an event and a new version, and the same person counts once: another yes is refused
    /// with `ALREADY_APPROVED` while others are waited for. Otherwise the same yes again changes nothing; with another
    /// reference it is refused. Whoever placed the order, changed its lines or submitted it cannot approve it.
    #[graphql(guard = "May(APPROVERS)")]
    async fn approve_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: ApproveOrderInput,
    ) -> Result<ApproveOrderPayload> {
        let command = ApproveOrder {
            order_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            external_reference: input.external_reference,
        };
        let (order, user_errors) =
            apply(ctx, input.idempotency_key, command, approve_order).await?;
        Ok(ApproveOrderPayload { order, user_errors })
    }
}
