//! What can be done with payment agreements.

pub mod cancel;
pub mod complete;
pub mod register;
pub mod rotate_secret;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct PaymentAgreementMutations(
    register::RegisterPaymentAgreementMutation,
    complete::CompletePaymentAgreementMutation,
    cancel::CancelPaymentAgreementMutation,
    rotate_secret::RotatePaymentCallbackSecretMutation,
);
