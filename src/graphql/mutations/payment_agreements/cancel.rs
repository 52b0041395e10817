//! `cancelPaymentAgreement`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::PaymentAgreementId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{BUYERS, May},
        types::{PaymentAgreement, UserError},
    },
    services::orders::payments::cancel::{CancelPaymentAgreement, cancel_payment_agreement},
};

/// Input of `cancelPaymentAgreement`.
#[derive(Debug, InputObject)]
pub struct CancelPaymentAgreementInput {
    /// The payment agreement.
    id: Id<PaymentAgreementId>,
    /// Refuse with `VERSION_CONFLICT` unless the payment agreement has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `cancelPaymentAgreement`.
#[derive(Debug, SimpleObject)]
pub struct CancelPaymentAgreementPayload {
    /// The payment agreement as it is now; null if the request was refused.
    payment_agreement: Option<PaymentAgreement>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CancelPaymentAgreementMutation;

#[Object]
impl CancelPaymentAgreementMutation {
    /// Cancels a payment agreement that is pending or active. Its order stays as it is: a draft can be paid in another way, and
    /// what was submitted goes on. The seller's integration hears of it by the event, and closes what it has opened.
    #[graphql(guard = "May(BUYERS)")]
    async fn cancel_payment_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CancelPaymentAgreementInput,
    ) -> Result<CancelPaymentAgreementPayload> {
        let command = CancelPaymentAgreement {
            payment_agreement_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let (payment_agreement, user_errors) =
            apply(ctx, input.idempotency_key, command, cancel_payment_agreement).await?;
        Ok(CancelPaymentAgreementPayload { payment_agreement, user_errors })
    }
}
