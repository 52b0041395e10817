//! `completeOrderLine`.

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
    services::orders::lines::complete::{CompleteOrderLine, complete_order_line},
};

/// Input of `completeOrderLine`.
#[derive(Debug, InputObject)]
pub struct CompleteOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// The provisioner's own id of what was delivered; up to 64 characters.
    provisioning_reference: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `completeOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct CompleteOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CompleteOrderLineMutation;

#[Object]
impl CompleteOrderLineMutation {
    /// Reports that a line in progress has been carried out. Its subscription changes accordingly, a license is issued
    /// where the offer has an edition, and the customer's draft invoice is charged.
    #[graphql(guard = "May(PROVISIONERS)")]
    async fn complete_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CompleteOrderLineInput,
    ) -> Result<CompleteOrderLinePayload> {
        let command = CompleteOrderLine {
            line_id: input.id.0,
            provisioning_reference: input.provisioning_reference,
        };
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, complete_order_line).await?;
        Ok(CompleteOrderLinePayload { order_line, user_errors })
    }
}
