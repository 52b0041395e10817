//! `failOrderLine`.

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
    services::orders::lines::fail::{FailOrderLine, fail_order_line},
};

/// Input of `failOrderLine`.
#[derive(Debug, InputObject)]
pub struct FailOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// Why; shown to the buyer. 1 to 1,000 characters.
    reason: String,
    /// The provisioner's own id of what was tried; up to 64 characters.
    provisioning_reference: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `failOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct FailOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct FailOrderLineMutation;

#[Object]
impl FailOrderLineMutation {
    /// Reports that a line in progress or on hold cannot be carried out. It can be retried.
    #[graphql(guard = "May(PROVISIONERS)")]
    async fn fail_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: FailOrderLineInput,
    ) -> Result<FailOrderLinePayload> {
        let command = FailOrderLine {
            line_id: input.id.0,
            reason: input.reason,
            provisioning_reference: input.provisioning_reference,
        };
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, fail_order_line).await?;
        Ok(FailOrderLinePayload { order_line, user_errors })
    }
}
