//! Periods of time: half open, the end belongs to the next.

use chrono::{DateTime, Months, Utc};
use entity::BillingPeriod;

use super::money::{self, MoneyError};

/// When a period that starts now ends. A month after the 31st is the last day of a shorter month.
pub fn end(starts_at: DateTime<Utc>, period: BillingPeriod) -> DateTime<Utc> {
    let months = match period {
        BillingPeriod::Monthly => Months::new(1),
        BillingPeriod::Yearly => Months::new(12),
    };
    starts_at.checked_add_months(months).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What `amount` for the whole period comes to from `at` to its end, by days (IFS-39).
pub fn remaining_share(
    amount: i64,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<i64, MoneyError> {
    let whole = (ends_at.date_naive() - starts_at.date_naive()).num_days();
    if whole <= 0 {
        return Ok(0);
    }
    let rest = (ends_at.date_naive() - at.date_naive()).num_days().clamp(0, whole);
    money::share(amount, rest, whole)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).unwrap()
    }

    #[test]
    fn a_month_after_the_last_of_january_is_the_last_of_february() {
        assert_eq!(end(day(2026, 1, 31), BillingPeriod::Monthly), day(2026, 2, 28));
        assert_eq!(end(day(2028, 2, 29), BillingPeriod::Yearly), day(2029, 2, 28));
    }

    #[test]
    fn the_rest_of_a_period_is_counted_in_days() {
        let (from, until) = (day(2026, 6, 1), day(2026, 7, 1));
        assert_eq!(remaining_share(9_000, from, until, day(2026, 6, 15)), Ok(4_800));
        assert_eq!(remaining_share(9_000, from, until, from), Ok(9_000));
        assert_eq!(remaining_share(9_000, from, until, until), Ok(0));
        assert_eq!(remaining_share(9_000, from, until, day(2027, 1, 1)), Ok(0));
    }
}
