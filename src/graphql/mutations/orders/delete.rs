//! `deleteOrder`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{BUYERS, May},
        types::UserError,
    },
    services::orders::delete::{DeleteOrder, delete_order},
};

/// Input of `deleteOrder`.
#[derive(Debug, InputObject)]
pub struct DeleteOrderInput {
    /// The order.
    id: Id<OrderId>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `deleteOrder`.
#[derive(Debug, SimpleObject)]
pub struct DeleteOrderPayload {
    /// The id that the draft had; null if the request was refused.
    deleted_order_id: Option<Id<OrderId>>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct DeleteOrderMutation;

#[Object]
impl DeleteOrderMutation {
    /// Deletes a draft. What happened to it stays in the event log.
    #[graphql(guard = "May(BUYERS)")]
    async fn delete_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: DeleteOrderInput,
    ) -> Result<DeleteOrderPayload> {
        let command = DeleteOrder {
            order_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let done = run(ctx, input.idempotency_key, command, delete_order).await?;
        Ok(match done {
            Ok(id) => {
                DeleteOrderPayload { deleted_order_id: Some(Id(id)), user_errors: Vec::new() }
            }
            Err(user_errors) => DeleteOrderPayload { deleted_order_id: None, user_errors },
        })
    }
}
