//! How an order is to be paid, as an input.

use async_graphql::InputObject;
use entity::PaymentAgreementId;

use crate::{
    graphql::{id::Id, types::enums::PaymentMethod},
    services::payment_agreements::selection::PaymentSelection,
};

/// How an order is to be paid. Give exactly one of the two.
#[derive(Debug, InputObject)]
pub struct PaymentSelectionInput {
    /// By this payment agreement, which must be active when the order is submitted.
    agreement_id: Option<Id<PaymentAgreementId>>,
    /// In this way. Anything but `INVOICE` needs a payment agreement before the order is submitted.
    method: Option<PaymentMethod>,
}

impl From<PaymentSelectionInput> for PaymentSelection {
    fn from(input: PaymentSelectionInput) -> Self {
        Self {
            agreement_id: input.agreement_id.map(|id| id.0),
            method: input.method.map(Into::into),
        }
    }
}
