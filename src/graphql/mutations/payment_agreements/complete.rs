//! `completePaymentAgreement`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PaymentAgreementId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{May, SELLERS},
        types::{PaymentAgreement, UserError, enums::PaymentOutcome},
    },
    services::orders::payments::complete::{CompletePaymentAgreement, complete_payment_agreement},
};

/// What a payment provider has said.
#[derive(Debug, InputObject)]
pub struct CompletePaymentAgreementInput {
    /// The payment agreement.
    id: Id<PaymentAgreementId>,
    /// Refuse with `VERSION_CONFLICT` unless the payment agreement has this version.
    expected_version: Option<i32>,
    /// Yes or no.
    outcome: PaymentOutcome,
    /// What the provider calls it: up to 64 characters, unique in the tenant.
    provider_reference: Option<String>,
    /// Why not: up to 1,000 characters, which the customer is shown.
    reason: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `completePaymentAgreement`.
#[derive(Debug, SimpleObject)]
pub struct CompletePaymentAgreementPayload {
    /// The payment agreement as it is now; null if the request was refused.
    payment_agreement: Option<PaymentAgreement>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CompletePaymentAgreementMutation;

#[Object]
impl CompletePaymentAgreementMutation {
    /// Completes a payment agreement, once: whoever says the same again, here or by a signed message, gets the same answer. Its
    /// order is submitted with it where that was asked for. For the seller's people and programs: that somebody has come back
    /// from a payment page proves nothing. Refused with `PAYMENT_AGREEMENT_STATUS_CONFLICT` where it has ended otherwise; what was
    /// paid nevertheless is to be given back.
    #[graphql(guard = "May(SELLERS)")]
    async fn complete_payment_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the provider has said.")] input: CompletePaymentAgreementInput,
    ) -> Result<CompletePaymentAgreementPayload> {
        let command = CompletePaymentAgreement {
            payment_agreement_id: Some(input.id.0),
            expected_version: input.expected_version.map(i64::from),
            outcome: input.outcome.into(),
            provider_reference: input.provider_reference,
            reason: input.reason,
        };
        let done = run(ctx, input.idempotency_key, command, complete_payment_agreement);
        let (payment_agreement, user_errors) = match Box::pin(done).await? {
            Ok(done) => (Some(PaymentAgreement::by_id(done.payment_agreement_id)), Vec::new()),
            Err(user_errors) => (None, user_errors),
        };
        Ok(CompletePaymentAgreementPayload { payment_agreement, user_errors })
    }
}
