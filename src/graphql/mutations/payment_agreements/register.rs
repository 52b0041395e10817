//! `registerPaymentAgreement`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{CustomerId, OrderId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        types::{PaymentAgreement, UserError, enums::PaymentMethod},
    },
    services::orders::payments::register::{RegisterPaymentAgreement, register_payment_agreement},
};

/// How a customer is to pay, from now on or for one order.
#[derive(Debug, InputObject)]
pub struct RegisterPaymentAgreementInput {
    /// Who pays. A customer that pays for itself may leave it out, and so may whoever names an order.
    customer_id: Option<Id<CustomerId>>,
    /// A draft that is to be paid by it.
    order_id: Option<Id<OrderId>>,
    /// Refuse with `VERSION_CONFLICT` unless the order has this version.
    expected_version: Option<i32>,
    /// How it is to be paid. By `INVOICE`, which the seller alone grants, it is active at once.
    method: PaymentMethod,
    /// ISO 4217, such as EUR. Left out: the order's, or any.
    currency: Option<String>,
    /// Where the payer goes afterwards: an https address of up to 2,000 characters.
    return_url: Option<String>,
    /// Where the payer pays, where the seller has opened a checkout for it. Left out: the seller's payment page. For the seller's
    /// people.
    redirect_url: Option<String>,
    /// What the payment provider calls that checkout: up to 64 characters. For the seller's people.
    provider_reference: Option<String>,
    /// Submit the order once it is paid. Whoever asks for it cannot decide on the order afterwards, as if they had submitted it.
    #[graphql(default)]
    submits_order: bool,
    /// How long the payer has time: 1 to 43200. Left out: 1440, a day.
    expires_in_minutes: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `registerPaymentAgreement`.
#[derive(Debug, SimpleObject)]
pub struct RegisterPaymentAgreementPayload {
    /// The new payment agreement; null if the request was refused. Send the payer to its `redirectUrl`.
    payment_agreement: Option<PaymentAgreement>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct RegisterPaymentAgreementMutation;

#[Object]
impl RegisterPaymentAgreementMutation {
    /// Registers a payment agreement, which is pending until the payment provider has said yes or no. A draft that it is
    /// registered for is paid by it from then on. Refused with `PAYMENT_AGREEMENT_EXISTS` while another one of the order is pending
    /// or active: of two open checkouts, both might be paid.
    #[graphql(guard = "May(BUYERS)")]
    async fn register_payment_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who pays, how, and what for.")] input: RegisterPaymentAgreementInput,
    ) -> Result<RegisterPaymentAgreementPayload> {
        let command = RegisterPaymentAgreement {
            customer_id: input.customer_id.map(|id| id.0),
            order_id: input.order_id.map(|id| id.0),
            expected_version: input.expected_version.map(i64::from),
            method: input.method.into(),
            currency: input.currency,
            return_url: input.return_url,
            redirect_url: input.redirect_url,
            provider_reference: input.provider_reference,
            submits_order: input.submits_order,
            expires_in_minutes: input.expires_in_minutes,
        };
        let done = apply(ctx, input.idempotency_key, command, register_payment_agreement);
        let (payment_agreement, user_errors) = Box::pin(done).await?;
        Ok(RegisterPaymentAgreementPayload { payment_agreement, user_errors })
    }
}
