use crate::money::MoneyError;

/// Why there is no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillingError {
    /// An amount does not fit in 64 bits, or what leads to it not in 128.
    TooLarge,
    /// The currency is unknown, or has no minor unit.
    UnknownCurrency,
    /// A date that no calendar here has.
    OutOfCalendar,
    /// A month has no such day, an interval no days, a period no end after its start, or a share nothing to be a part of.
    NotAPeriod,
    /// Tiers do not rise, the last one is not open, or a package has no units.
    NotAPrice,
    /// A number of units below zero, or a rate or weight below zero.
    Negative,
    /// There is nothing over which the amount could be split.
    NothingToSplit,
    /// Prices that include tax and prices that do not are on one document.
    MixedTaxInclusion,
    /// More would be credited than is left of what was billed.
    CreditExceedsLine {
        /// What can still be credited, with the sign of what was billed.
        left: i64,
    },
    /// Fewer units than the subscription must have; to have none at all, it is cancelled.
    QuantityTooLow {
        /// The fewest that are possible.
        minimum: i64,
    },
    /// A cancellation under a commitment is not taken back.
    CommitmentBinds,
    /// Nobody said what becomes of the cancellation that is pending.
    CancellationPending,
    /// The subscription is suspended, and only resumed or cancelled.
    Suspended,
    /// The subscription has ended.
    Ended,
    /// A plan without a step that lasts, or without components.
    NotAPlan,
}

impl From<MoneyError> for BillingError {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::TooLarge => Self::TooLarge,
            MoneyError::UnknownCurrency => Self::UnknownCurrency,
        }
    }
}
