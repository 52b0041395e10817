//! `cancelOrderLine`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::OrderLineId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        scalars::MinorUnits,
        types::{Order, UserError},
    },
    services::orders::on_subscription::{
        OrderDetails,
        cancel_line::{CancelOrderLine, cancel_order_line},
    },
};

/// Input of `cancelOrderLine`.
#[derive(Debug, InputObject)]
pub struct CancelOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// Refuse with `VERSION_CONFLICT` unless the line's order has this version.
    expected_version: Option<i32>,
    /// Refuse with `PRICE_CHANGED` unless it is going to charge this without tax, as `previewOrderLineCancellation` says it: an
    /// amount below zero, because all is given back.
    expected_total: Option<MinorUnits>,
    /// The buyer's own reference of the order that is made for it; up to 64 characters.
    reference: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `cancelOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct CancelOrderLinePayload {
    /// The order that was made for it, as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CancelOrderLineMutation;

#[Object]
impl CancelOrderLineMutation {
    /// Makes and submits an order that takes back what a line has bought, until its `cancellableUntil`. The order goes through the
    /// same approval and provisioning as any other, so the vendor may refuse: then the line is as it was. When it is completed, the
    /// subscription has ended, all that was charged for it is credited, and the line is `CANCELLED`. What is bought of a plan is
    /// taken back as a whole.
    #[graphql(guard = "May(BUYERS)")]
    async fn cancel_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CancelOrderLineInput,
    ) -> Result<CancelOrderLinePayload> {
        let command = CancelOrderLine {
            line_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            expected_total: input.expected_total.map(|total| total.0),
            details: OrderDetails { reference: input.reference, ..OrderDetails::default() },
        };
        let (order, user_errors) =
            apply(ctx, input.idempotency_key, command, cancel_order_line).await?;
        Ok(CancelOrderLinePayload { order, user_errors })
    }
}
