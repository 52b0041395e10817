//! What the calculator's errors mean to a caller.

use domain::billing::BillingError;

use crate::error::{Error, Refusal, RefusalCode};

/// An error that nothing a caller asks for can bring about, but for an amount that is too large.
pub(super) fn failed(error: BillingError) -> Error {
    if error == BillingError::TooLarge {
        return Refusal::new(RefusalCode::AmountTooLarge, "The amount is too large.").into();
    }
    anyhow::anyhow!("billing gave no figure: {error:?}").into()
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
    if let BillingError::QuantityTooLow { minimum } = error {
        let message =
            format!("The subscription must have at least {minimum}. To have none, cancel it.");
        return Refusal::of(RefusalCode::QuantityOutOfRange, "quantity", message).into();
    }
    let message = if error == BillingError::Suspended {
        "The subscription is suspended. Resume it first."
    } else if error == BillingError::Ended {
        "The subscription has ended."
    } else {
        return failed(error);
    };
    Refusal::new(RefusalCode::SubscriptionNotModifiable, message).into()
}
