//! `recordPayment`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::InvoiceId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        scalars::{Day, MinorUnits},
        types::{Payment, UserError},
    },
    services::invoices::record_payment::{RecordPayment, record_payment},
};

/// Input of `recordPayment`.
#[derive(Debug, InputObject)]
pub struct RecordPaymentInput {
    /// The issued invoice that was paid.
    invoice_id: Id<InvoiceId>,
    /// How much was paid, above zero, in the currency of the invoice.
    amount: MinorUnits,
    /// The payer's or the bank's reference; up to 64 characters. A payment with a reference is recorded once.
    reference: String,
    /// The day on which it was received. Without it, today.
    received_on: Option<Day>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `recordPayment`.
#[derive(Debug, SimpleObject)]
pub struct RecordPaymentPayload {
    /// The payment, also where it was recorded before; null if the request was refused.
    payment: Option<Payment>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RecordPaymentMutation;

#[Object]
impl RecordPaymentMutation {
    /// Records what a customer has paid of an invoice. What misses the open amount by no more than the seller's tolerance
    /// settles it; what is beyond it goes to the customer's account. Sent again with the same reference, it changes
    /// nothing; with the same reference and other content, it is refused.
    #[graphql(guard = "May(SELLERS)")]
    async fn record_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: RecordPaymentInput,
    ) -> Result<RecordPaymentPayload> {
        let command = RecordPayment {
            invoice_id: input.invoice_id.0,
            amount: input.amount.0,
            reference: input.reference,
            received_on: input.received_on.map(|day| day.0),
        };
        let (payment, user_errors) =
            apply(ctx, input.idempotency_key, command, record_payment).await?;
        Ok(RecordPaymentPayload { payment, user_errors })
    }
}
