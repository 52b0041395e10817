//! Billing periods, half open: the end belongs to the next. What is charged within one is a share of the whole of it,
//! never of the stretch between two changes.

use std::ops::Range;

use chrono::{DateTime, Months, Utc};
use entity::BillingPeriod;

use super::money::{self, MoneyError};

/// When a period that starts now ends. A month after the 31st is the last day of a shorter month.
pub fn end(starts_at: DateTime<Utc>, period: BillingPeriod) -> DateTime<Utc> {
    let months = match period {
        BillingPeriod::Weekly => return starts_at + chrono::Days::new(7),
        BillingPeriod::Quarterly => Months::new(3),
        BillingPeriod::HalfYearly => Months::new(6),
        BillingPeriod::ThreeYearly => Months::new(36),
        BillingPeriod::Monthly => Months::new(1),
        BillingPeriod::Yearly => Months::new(12),
    };
    starts_at.checked_add_months(months).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What `amount` for the whole period comes to from `at` to its end, by days (IFS-39). The day of `at` counts as what is
/// left.
pub fn remaining_share(
    amount: i64,
    period: &Range<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> Result<i64, MoneyError> {
    let days_until_end =
        |from: DateTime<Utc>| (period.end.date_naive() - from.date_naive()).num_days();
    let whole = days_until_end(period.start);
    if whole <= 0 {
        return Ok(0);
    }
    money::share(amount, days_until_end(at).clamp(0, whole), whole)
}

/// How many units a subscription has around a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantities {
    /// When the day of the change began, or else the billing period.
    pub at_first: i32,
    pub before: i32,
    pub after: i32,
}

/// What a change of quantity at `at` adds to what was charged for the billing period; below zero, it takes that off.
///
/// All changes of a day together come to what one change would have come to that led there at once: who goes up by steps
/// and down at once earns nothing by what was rounded.
pub fn correction(
    unit_amount: i64,
    quantities: Quantities,
    period: &Range<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> Result<i64, MoneyError> {
    let since_the_day_began = |quantity| {
        money::times(unit_amount, quantity - quantities.at_first)
            .and_then(|whole| remaining_share(whole, period, at))
    };
    money::sum([since_the_day_began(quantities.after)?, -since_the_day_began(quantities.before)?])
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
        let period = day(2026, 6, 1)..day(2026, 7, 1);
        assert_eq!(remaining_share(9_000, &period, day(2026, 6, 15)), Ok(4_800));
        assert_eq!(remaining_share(9_000, &period, period.start), Ok(9_000));
        assert_eq!(remaining_share(9_000, &period, period.end), Ok(0));
        assert_eq!(remaining_share(9_000, &period, day(2027, 1, 1)), Ok(0));
    }

    /// From so many units to so many, when the day had begun with as many as before.
    fn one_change(before: i32, after: i32) -> Quantities {
        Quantities { at_first: before, before, after }
    }

    #[test]
    fn every_correction_is_a_share_of_the_whole_billing_period() {
        let january = day(2026, 1, 1)..day(2026, 2, 1);
        for (on, before, after, expected) in
            [(11, 5, 10, 10_500), (21, 10, 12, 2_200), (31, 12, 5, -700)]
        {
            let change = one_change(before, after);
            assert_eq!(correction(3_100, change, &january, day(2026, 1, on)), Ok(expected));
        }
    }

    /// Published for changes of quantity: the difference first, then its share, rounded once.
    #[test]
    fn one_change_of_a_day_is_rounded_once() {
        let august = day(2026, 8, 9)..day(2026, 9, 9);
        let changed = |before, after, at| correction(845, one_change(before, after), &august, at);
        assert_eq!(changed(12, 17, day(2026, 8, 23)), Ok(2_317));
        assert_eq!(changed(17, 14, day(2026, 9, 1)), Ok(-654));
        let june = day(2026, 6, 7)..day(2026, 7, 7);
        assert_eq!(correction(400, one_change(1, 2), &june, day(2026, 6, 18)), Ok(253));
        let april = day(2026, 4, 1)..day(2026, 5, 1);
        assert_eq!(correction(3_000, one_change(3, 2), &april, day(2026, 4, 10)), Ok(-2_100));
    }

    /// Half a cent for each unit is rounded to nothing twice on the way up, and to a whole cent at once on the way down.
    #[test]
    fn up_by_steps_and_down_at_once_on_a_day_comes_to_nothing() {
        let period = day(2026, 4, 1)..day(2026, 5, 1);
        for unit_amount in 1..40 {
            let steps = [(7, 8), (8, 9), (9, 12), (12, 3), (3, 7)];
            let corrections = steps.map(|(before, after)| {
                let quantities = Quantities { at_first: 7, before, after };
                correction(unit_amount, quantities, &period, day(2026, 4, 16)).unwrap()
            });
            assert_eq!(corrections.iter().sum::<i64>(), 0, "{unit_amount}: {corrections:?}");
        }
    }
}
