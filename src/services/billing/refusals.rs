//! What the calculator's errors mean to a caller.

use domain::billing::BillingError;

use crate::error::{Error, Refusal, RefusalCode};

/// An error that nothing a caller asks for can bring about, but for an amount that is too large.
pub(super) fn failed(error: BillingError) -> Error {
    match error {
        BillingError::TooLarge => {
            Refusal::new(RefusalCode::AmountTooLarge, "The amount is too large.").into()
        }
        error => anyhow::anyhow!("billing gave no figure: {error:?}").into(),
    }
}

/// Whether an error says that a change cannot be carried out.
pub(super) fn refuses(error: BillingError) -> bool {
    matches!(
        error,
        BillingError::QuantityTooLow { .. } | BillingError::Suspended | BillingError::Ended
    )
}

/// An error of a change that somebody asked for.
pub(super) fn refused(error: BillingError) -> Error {
    let (code, message) = match error {
        BillingError::QuantityTooLow { minimum } => (
            RefusalCode::QuantityOutOfRange,
            format!("The subscription must have at least {minimum}. To have none, cancel it."),
        ),
        BillingError::Suspended => (
            RefusalCode::SubscriptionNotModifiable,
            "The subscription is suspended. Resume it first.".to_owned(),
        ),
        BillingError::Ended => {
            (RefusalCode::SubscriptionNotModifiable, "The subscription has ended.".to_owned())
        }
        error => return failed(error),
    };
    Refusal::new(code, message).into()
}
