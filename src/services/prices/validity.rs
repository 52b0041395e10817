//! On which days a price is asked.

use chrono::NaiveDate;
use entity::{PriceStatus, price};

/// Days in the seller's time zone, half open. None: no beginning, or no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: Option<NaiveDate>,
    pub(crate) until: Option<NaiveDate>,
}

impl Validity {
    pub(crate) fn of(price: &price::Model) -> Self {
        Self { from: price.valid_from, until: price.valid_until }
    }

    /// The status on a day, and the day of the next one.
    pub(crate) fn status_on(self, day: NaiveDate) -> (PriceStatus, Option<NaiveDate>) {
        if self.until.is_some_and(|until| until <= day) || self.is_empty() {
            return (PriceStatus::Over, None);
        }
        match self.from.filter(|from| *from > day) {
            Some(from) => (PriceStatus::Upcoming, Some(from)),
            None => (PriceStatus::InForce, self.until),
        }
    }

    /// Whether there is no day on which it is asked.
    pub(crate) fn is_empty(self) -> bool {
        self.from.is_some_and(|from| self.until.is_some_and(|until| until <= from))
    }

    /// Whether there is a day on which both are asked.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        let begins_before_end_of = |one: Self, other: Self| match (one.from, other.until) {
            (Some(from), Some(until)) => from < until,
            (None, _) | (_, None) => true,
        };
        !self.is_empty()
            && !other.is_empty()
            && begins_before_end_of(self, other)
            && begins_before_end_of(other, self)
    }

    /// The days that are left of it when another one follows on a day; none where it could not end then, because it is not
    /// asked before, or has an end of its own.
    pub(crate) fn before(self, day: NaiveDate) -> Option<Self> {
        let gives_way = self.until.is_none() && self.from.is_none_or(|from| from < day);
        gives_way.then_some(Self { from: self.from, until: Some(day) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 1, day).unwrap()
    }

    fn days(from: u32, until: u32) -> Validity {
        let some = |number: u32| (number > 0).then(|| day(number));
        Validity { from: some(from), until: some(until) }
    }

    #[test]
    fn a_price_is_asked_from_its_first_day_to_the_day_before_its_end() {
        let dated = days(10, 20);
        assert_eq!(dated.status_on(day(9)), (PriceStatus::Upcoming, Some(day(10))));
        assert_eq!(dated.status_on(day(10)), (PriceStatus::InForce, Some(day(20))));
        assert_eq!(dated.status_on(day(19)), (PriceStatus::InForce, Some(day(20))));
        assert_eq!(dated.status_on(day(20)), (PriceStatus::Over, None));
        assert_eq!(days(0, 0).status_on(day(1)), (PriceStatus::InForce, None));
        assert_eq!(days(10, 10).status_on(day(9)), (PriceStatus::Over, None));
    }

    #[test]
    fn two_prices_overlap_where_they_have_a_day_in_common() {
        for (one, other, overlaps) in [
            (days(1, 10), days(10, 20), false),
            (days(1, 11), days(10, 20), true),
            (days(0, 0), days(10, 11), true),
            (days(0, 10), days(10, 0), false),
            (days(5, 0), days(0, 6), true),
            (days(12, 12), days(10, 20), false),
        ] {
            assert_eq!(one.overlaps(other), overlaps, "{one:?} {other:?}");
            assert_eq!(other.overlaps(one), overlaps, "{other:?} {one:?}");
        }
    }

    #[test]
    fn what_has_no_end_gives_way_to_what_begins_later() {
        assert_eq!(days(0, 0).before(day(5)), Some(days(0, 5)));
        assert_eq!(days(4, 0).before(day(5)), Some(days(4, 5)));
        assert_eq!(days(5, 0).before(day(5)), None);
        assert_eq!(days(0, 9).before(day(5)), None);
    }
}
