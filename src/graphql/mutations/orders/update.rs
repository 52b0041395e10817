//! `updateOrder`.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{AgreementId, OrderId};

use super::{order_line_input::OrderLineInput, payment_selection_input::PaymentSelectionInput};
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{BUYERS, May},
        scalars::Time,
        types::{Order, UserError},
    },
    services::orders::{
        NewLine,
        update::{UpdateOrder, update_order},
    },
};

/// Input of `updateOrder`.
#[derive(Debug, InputObject)]
pub struct UpdateOrderInput {
    /// The order.
    id: Id<OrderId>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version.
    expected_version: Option<i32>,
    /// The agreement under which the customer buys; in the order's currency.
    agreement_id: MaybeUndefined<Id<AgreementId>>,
    /// The buyer's own reference; up to 64 characters.
    reference: MaybeUndefined<String>,
    /// The purchase order number for what is bought; up to 64 characters.
    po_number: MaybeUndefined<String>,
    /// When provisioning may begin.
    start_at: MaybeUndefined<Time>,
    /// What is bought instead of what was: 1 to 100 lines.
    #[graphql(validator(max_items = 100))]
    lines: MaybeUndefined<Vec<OrderLineInput>>,
    /// How it is to be paid. Refused with `PAYMENT_AGREEMENT_EXISTS` while another payment agreement of the order is pending.
    payment_selection: MaybeUndefined<PaymentSelectionInput>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateOrder`.
#[derive(Debug, SimpleObject)]
pub struct UpdateOrderPayload {
    /// The order as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateOrderMutation;

#[Object]
impl UpdateOrderMutation {
    /// Changes a draft. A field that is missing keeps its value, null clears it, and lines replace all
    /// lines. Whoever changes the lines cannot decide on the order afterwards.
    #[graphql(guard = "May(BUYERS)")]
    async fn update_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: UpdateOrderInput,
    ) -> Result<UpdateOrderPayload> {
        let command = UpdateOrder {
            order_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            agreement_id: change(input.agreement_id, |id| id.0),
            reference: change(input.reference, |text| text),
            po_number: change(input.po_number, |text| text),
            start_at: change(input.start_at, |time| time.0),
            lines: change(input.lines, |lines| lines.into_iter().map(NewLine::from).collect()),
            payment_selection: change(input.payment_selection, Into::into),
        };
        let (order, user_errors) = apply(ctx, input.idempotency_key, command, update_order).await?;
        Ok(UpdateOrderPayload { order, user_errors })
    }
}
