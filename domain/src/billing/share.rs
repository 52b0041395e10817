//! Shares of a period: days of days. They are ratios of two whole numbers and are never rounded; what is rounded is the
//! amount, once.

use chrono::{Days, NaiveDate};
use entity::{CancellationDay, RoundingMode};

use super::{BillingError, Exact, Period};
use crate::money;

/// So many days of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    days: i64,
    of_days: i64,
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self { days: 1, of_days: 1 };

    /// [`BillingError::NotAPeriod`] unless there is something to have a share of.
    pub fn new(days: i64, of_days: i64) -> Result<Self, BillingError> {
        if days < 0 || of_days <= 0 {
            return Err(BillingError::NotAPeriod);
        }
        Ok(Self { days, of_days })
    }

    /// The share that a stretch has of the anchored period in which it lies. That is the actual period: a month has 28 to 31
    /// days, a year 365 or 366.
    pub fn of_period(stretch: Period, whole: Period) -> Result<Self, BillingError> {
        Self::new(stretch.days(), whole.days())
    }

    /// How many days it is.
    pub fn days(self) -> i64 {
        self.days
    }

    /// Of how many.
    pub fn of_days(self) -> i64 {
        self.of_days
    }

    /// What this share of an exact amount is.
    pub fn exactly(self, amount: Exact) -> Result<Exact, BillingError> {
        amount.times(self.days, self.of_days)
    }

    /// What this share of an amount is, rounded once.
    pub fn of(self, amount: i64, rounding: RoundingMode) -> Result<i64, BillingError> {
        Ok(money::portion(amount, self.days, self.of_days, rounding)?)
    }
}

/// The first day that nobody pays for, of a cancellation on `day` (IFS-39).
pub fn first_free_day(
    cancellation_day: CancellationDay,
    day: NaiveDate,
) -> Result<NaiveDate, BillingError> {
    match cancellation_day {
        CancellationDay::Credited => Ok(day),
        CancellationDay::Consumed => {
            day.checked_add_days(Days::new(1)).ok_or(BillingError::OutOfCalendar)
        }
    }
}

/// Splits an amount in two, the share and what stays. The second is found by subtraction, so that both add up.
pub fn split(
    amount: i64,
    share: Share,
    rounding: RoundingMode,
) -> Result<(i64, i64), BillingError> {
    let part = share.of(amount, rounding)?;
    Ok((part, money::difference(amount, part)?))
}

/// Splits an amount over consecutive stretches of a period, each so many days long, by differences of cumulative amounts:
/// whatever the cuts, the parts of a period that is covered add up to its amount.
pub fn cumulative(
    amount: i64,
    stretches: &[i64],
    of_days: i64,
    rounding: RoundingMode,
) -> Result<Vec<i64>, BillingError> {
    let (mut days, mut before) = (0_i64, 0);
    let part = |stretch: &i64| {
        days = days.checked_add(*stretch).ok_or(BillingError::TooLarge)?;
        let so_far = Share::new(days, of_days)?.of(amount, rounding)?;
        let part = money::difference(so_far, before)?;
        before = so_far;
        Ok(part)
    };
    stretches.iter().map(part).collect()
}
