//! Where periods begin: always from the anchor.

use super::*;

fn starts(anchor: Anchor, count: i64) -> Vec<NaiveDate> {
    (0..count).map(|number| anchor.start(number).unwrap()).collect()
}

#[test]
fn periods_begin_on_the_anchors_day_or_the_last_of_the_month() {
    let (monthly, quarterly, yearly) = (Interval::MONTHLY, Interval::QUARTERLY, Interval::YEARLY);
    for (id, anchor, interval, expected) in [
        ("V080", "2024-01-31", monthly, "2024-01-31 2024-02-29 2024-03-31 2024-04-30 2024-05-31"),
        ("V081", "2023-01-31", monthly, "2023-01-31 2023-02-28 2023-03-31 2023-04-30 2023-05-31"),
        ("V082", "2024-01-30", monthly, "2024-01-30 2024-02-29 2024-03-30 2024-04-30 2024-05-30"),
        ("V084", "2024-02-29", yearly, "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ("V085", "2024-01-31", yearly, "2024-01-31 2025-01-31 2026-01-31"),
        ("V086", "2025-11-30", quarterly, "2025-11-30 2026-02-28 2026-05-30 2026-08-30"),
        ("V086", "2025-08-31", quarterly, "2025-08-31 2025-11-30 2026-02-28 2026-05-31"),
        ("V087", "2026-05-31", quarterly, "2026-05-31 2026-08-31 2026-11-30 2027-02-28 2027-05-31"),
        (
            "V087",
            "2026-05-31",
            Interval::HALF_YEARLY,
            "2026-05-31 2026-11-30 2027-05-31 2027-11-30 2028-05-31",
        ),
    ] {
        let expected = days(expected);
        let count = i64::try_from(expected.len()).unwrap();
        assert_eq!(starts(Anchor::on(day(anchor), interval), count), expected, "{id}");
    }
}

#[test]
fn the_anchors_day_is_its_own() {
    let anchor = Anchor::with_day(day("2012-04-30"), 31, Interval::MONTHLY).unwrap();
    assert_eq!(starts(anchor, 3), days("2012-04-30 2012-05-31 2012-06-30"), "V088");
    for (id, from, anchor_day, interval) in [
        ("V089", "2012-02-01", 31, Interval::MONTHLY),
        ("V089", "2012-02-01", 30, Interval::MONTHLY),
        ("V089", "2012-02-16", 30, Interval::YEARLY),
    ] {
        let anchor = Anchor::with_day(day(from), anchor_day, interval).unwrap();
        assert_eq!(anchor.period_with(day(from)).unwrap().end(), day("2012-02-29"), "{id}");
    }
}

#[test]
fn intervals_of_days_need_no_day_of_the_month() {
    let of_days = |length| Anchor::on(day("2016-04-08"), Interval::days(length).unwrap());
    assert_eq!(of_days(30).start(7), Ok(day("2016-11-04")), "V090");
    assert_eq!(of_days(7).start(7), Ok(day("2016-05-27")), "V090");
    assert_eq!(Anchor::on(day("2016-04-08"), Interval::WEEKLY).start(7), of_days(7).start(7));
}

#[test]
fn a_period_is_as_long_as_it_is() {
    for (anchor, interval, number, expected) in [
        ("2024-01-31", Interval::MONTHLY, 0, 29),
        ("2024-01-31", Interval::MONTHLY, 1, 31),
        ("2023-01-31", Interval::MONTHLY, 0, 28),
        ("2024-02-29", Interval::YEARLY, 0, 365),
    ] {
        let period = Anchor::on(day(anchor), interval).period(number).unwrap();
        assert_eq!(period.days(), expected, "V091");
    }
}

/// Several periods are not one long share of one of them.
#[test]
fn whole_periods_come_before_odd_days() {
    let story = Story::of("31.00", "2026-01-01", Interval::MONTHLY)
        .then("2026-04-03", ChangeKind::Cancel { paid: true });
    assert_eq!(story.amounts("2026-04-03"), amounts("31.00 31.00 31.00 31.00 -28.93"), "V092");
    assert_eq!(share("1000000000", 92, 31, HalfUp), 2_967_741_935, "V092 in one ratio");
}

#[test]
fn the_calendar_has_weeks_months_quarters_and_years() {
    for (interval, expected) in [
        (Interval::WEEKLY, "2026-08-17"),
        (Interval::MONTHLY, "2026-08-01"),
        (Interval::QUARTERLY, "2026-07-01"),
        (Interval::HALF_YEARLY, "2026-07-01"),
        (Interval::YEARLY, "2026-01-01"),
        (Interval::THREE_YEARLY, "2026-01-01"),
    ] {
        let anchor = Anchor::calendar(day("2026-08-19"), interval).unwrap();
        assert_eq!(anchor.start(0), Ok(day(expected)));
    }
}

#[test]
fn what_no_calendar_has_is_an_error() {
    let anchor = Anchor::on(day("2026-01-31"), Interval::MONTHLY);
    assert_eq!(anchor.start(i64::MAX), Err(BillingError::OutOfCalendar));
    assert_eq!(anchor.start(10_000_000), Err(BillingError::OutOfCalendar));
    assert_eq!(Interval::days(0), Err(BillingError::NotAPeriod));
    for anchor_day in [0, 32] {
        let anchor = Anchor::with_day(day("2026-01-31"), anchor_day, Interval::MONTHLY);
        assert_eq!(anchor, Err(BillingError::NotAPeriod));
    }
    assert_eq!(Period::new(day("2026-01-02"), day("2026-01-01")), Err(BillingError::NotAPeriod));
}
