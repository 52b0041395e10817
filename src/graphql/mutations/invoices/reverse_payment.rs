//! `reversePayment`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PaymentId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Payment, UserError},
    },
    services::invoices::reverse_payment::{ReversePayment, reverse_payment},
};

/// Input of `reversePayment`.
#[derive(Debug, InputObject)]
pub struct ReversePaymentInput {
    /// The payment.
    id: Id<PaymentId>,
    /// Why it was none: that it bounced, for example. Up to 1000 characters.
    reason: String,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `reversePayment`.
#[derive(Debug, SimpleObject)]
pub struct ReversePaymentPayload {
    /// The payment; null if the request was refused.
    payment: Option<Payment>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct ReversePaymentMutation;

#[Object]
impl ReversePaymentMutation {
    /// Takes back a payment that was recorded and was none: what it settled of its invoice is open again, and what it left on
    /// the customer's account is taken off it, also where that was spent. Its reference can be that of another payment then.
    #[graphql(guard = "May(SELLERS)")]
    async fn reverse_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: ReversePaymentInput,
    ) -> Result<ReversePaymentPayload> {
        let command = ReversePayment { payment_id: input.id.0, reason: input.reason };
        let (payment, user_errors) =
            apply(ctx, input.idempotency_key, command, reverse_payment).await?;
        Ok(ReversePaymentPayload { payment, user_errors })
    }
}
