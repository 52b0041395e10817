//! `createOrder`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{AgreementId, CustomerId};

use super::{order_line_input::OrderLineInput, payment_selection_input::PaymentSelectionInput};
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        scalars::Time,
        types::{Order, UserError},
    },
    services::orders::{
        NewLine,
        create::{CreateOrder, create_order},
    },
};

/// Input of `createOrder`.
#[derive(Debug, InputObject)]
pub struct CreateOrderInput {
    /// Who buys. A customer that orders for itself may leave it out.
    customer_id: Option<Id<CustomerId>>,
    /// The agreement under which the customer buys.
    agreement_id: Option<Id<AgreementId>>,
    /// ISO 4217, such as EUR. Without it, the agreement's, or else the tenant's default.
    currency: Option<String>,
    /// The buyer's own reference; up to 64 characters.
    reference: Option<String>,
    /// The purchase order number for what is bought; up to 64 characters. A blank one counts as none.
    po_number: Option<String>,
    /// When provisioning may begin. Without it, as soon as the order is approved.
    start_at: Option<Time>,
    /// What is bought: 1 to 100 lines.
    #[graphql(validator(max_items = 100))]
    lines: Vec<OrderLineInput>,
    /// How it is to be paid. Without it, as the seller does it.
    payment_selection: Option<PaymentSelectionInput>,
    /// Submit the order at once.
    #[graphql(default)]
    submit: bool,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createOrder`.
#[derive(Debug, SimpleObject)]
pub struct CreateOrderPayload {
    /// The order as it is now; null if the request was refused.
    order: Option<Order>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateOrderMutation;

#[Object]
impl CreateOrderMutation {
    /// Creates an order: a draft that can still be changed, or with `submit: true` a submitted one.
    #[graphql(guard = "May(BUYERS)")]
    async fn create_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CreateOrderInput,
    ) -> Result<CreateOrderPayload> {
        let key = input.idempotency_key.clone();
        let (order, user_errors) = apply(ctx, key, input.into(), create_order).await?;
        Ok(CreateOrderPayload { order, user_errors })
    }
}

impl From<CreateOrderInput> for CreateOrder {
    fn from(input: CreateOrderInput) -> Self {
        Self {
            customer_id: input.customer_id.map(|id| id.0),
            agreement_id: input.agreement_id.map(|id| id.0),
            currency: input.currency,
            reference: input.reference,
            po_number: input.po_number,
            start_at: input.start_at.map(|time| time.0),
            lines: input.lines.into_iter().map(NewLine::from).collect(),
            payment_selection: input.payment_selection.map(Into::into),
            submit: input.submit,
        }
    }
}
