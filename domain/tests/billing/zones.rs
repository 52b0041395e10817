//! Local dates, and the days on which clocks change.

use domain::billing::{date_in, instant_in};

use super::*;

const BERLIN: Tz = Tz::Europe__Berlin;
const TOKYO: Tz = Tz::Asia__Tokyo;
const LOS_ANGELES: Tz = Tz::America__Los_Angeles;

fn in_zone(price: &str, starts_at: &str, zone: Tz) -> Story {
    let starts_at = instant(starts_at);
    let first_day = date_in(zone, starts_at).unwrap().to_string();
    Story { zone, starts_at, ..Story::of(price, &first_day, Interval::MONTHLY) }
}

fn cancelled(mut story: Story, at: &str) -> Vec<i64> {
    let kind = ChangeKind::Cancel { paid: true };
    let change = Change::now(Uuid::from_u128(1000), instant(at), story.terms(), kind).unwrap();
    story.changes.push(change);
    story.ask(instant(at)).unwrap().lines.iter().map(|line| line.amount).collect()
}

#[test]
fn a_day_of_23_hours_is_a_day() {
    let march = || in_zone("100.00", "2026-02-28T23:00:00Z", BERLIN);
    assert_eq!(cancelled(march(), "2026-03-15T23:00:00Z"), amounts("100.00 -51.61"), "V093");
    assert_eq!(share("100.00", 383, 743, HalfUp), minor("51.55"), "V093 by hours");
    let march = in_zone("310.00", "2026-02-28T23:00:00Z", BERLIN);
    assert_eq!(cancelled(march, "2026-03-15T22:30:00Z"), amounts("310.00 -170.00"), "V094");
}

#[test]
fn periods_begin_at_local_midnight() {
    for (id, zone, expected) in [
        ("V095", BERLIN, ["2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z"]),
        ("V096", TOKYO, ["2026-02-28T15:00:00Z", "2026-03-31T15:00:00Z", "2026-04-30T15:00:00Z"]),
    ] {
        let anchor = Anchor::on(day("2026-03-01"), Interval::MONTHLY);
        for (number, expected) in (0..).zip(expected) {
            let start = anchor.start(number).unwrap();
            assert_eq!(day_begins(zone, start), Ok(instant(expected)), "{id}");
        }
    }
    let story = in_zone("10.00", "2026-02-28T23:00:00Z", BERLIN);
    let due = |at: &str| story.ask(instant(at)).unwrap().lines.len();
    assert_eq!(due("2026-03-31T21:59:59Z"), 1, "V095");
    assert_eq!(due("2026-03-31T22:00:00Z"), 2, "V095");
}

#[test]
fn skipped_and_repeated_times_are_read_as_rfc_5545_has_them() {
    for (id, zone, local, expected) in [
        ("V098", LOS_ANGELES, "2015-03-08T02:00:00", "2015-03-08T10:00:00Z"),
        ("V098", LOS_ANGELES, "2015-03-08T02:59:59", "2015-03-08T10:59:59Z"),
        ("V099", BERLIN, "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        // A day that Samoa did not have, and midnights that were skipped.
        ("V098", Tz::Pacific__Apia, "2011-12-30T00:00:00", "2011-12-30T10:00:00Z"),
        ("V098", Tz::America__Sao_Paulo, "2018-11-04T00:00:00", "2018-11-04T03:00:00Z"),
        ("V098", Tz::Australia__Lord_Howe, "2026-10-04T02:10:00", "2026-10-03T15:40:00Z"),
    ] {
        assert_eq!(instant_in(zone, local.parse().unwrap()), Ok(instant(expected)), "{id} {local}");
    }
}

#[test]
fn a_trial_over_a_clock_change_lasts_its_days() {
    let step = |periods, interval, price: &str| Step {
        periods,
        interval,
        components: vec![component(1, Price::each(minor(price)), Timing::InAdvance)],
    };
    let steps = vec![
        step(Some(1), Interval::days(30).unwrap(), "0.00"),
        step(None, Interval::MONTHLY, "29.95"),
    ];
    let plan = plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default());
    let mut story = Story::of_plan(plan, "2017-03-01");
    story.zone = LOS_ANGELES;
    story.starts_at = instant("2017-03-02T07:30:00Z");
    assert_eq!(date_in(LOS_ANGELES, story.starts_at), Ok(story.first_day), "V100");
    let lines = story.lines("2017-03-31");
    let periods: Vec<_> = lines.iter().map(|line| (line.period, line.amount)).collect();
    assert_eq!(periods, [(period("2017-03-31", "2017-04-30"), minor("29.95"))], "V100");
}

#[test]
fn clock_changes_make_no_partial_periods() {
    let mut story = in_zone("249.95", "2026-01-15T18:00:00Z", Tz::America__Juneau);
    let end = story.anchor.start(20).unwrap().pred_opt().unwrap().to_string();
    let lines = story.lines(&end);
    assert!(lines.iter().all(|line| line.share.days() == line.share.of_days()), "V101");
    assert_eq!(story.bill(&end).iter().sum::<i64>(), minor("4999.00"), "V101");
}

#[test]
fn days_are_differences_of_local_dates() {
    let zone = Tz::America__New_York;
    for (from, to) in [
        ("2024-03-09T05:00:00Z", "2024-03-11T04:00:00Z"),
        ("2024-11-02T04:00:00Z", "2024-11-04T05:00:00Z"),
    ] {
        let date = |at| date_in(zone, instant(at)).unwrap();
        assert_eq!(Period::new(date(from), date(to)).unwrap().days(), 2, "V102");
    }
}

#[test]
fn the_first_day_is_that_of_the_zone() {
    let mut story = in_zone("50000.00", "2026-06-01T15:30:00Z", TOKYO);
    story.plan.alignment = BillingAlignment::Calendar;
    story.anchor =
        Anchor::aligned(BillingAlignment::Calendar, story.first_day, Interval::MONTHLY).unwrap();
    assert_eq!(story.amounts("2026-06-02"), amounts("48333.33"), "V038");
}

#[test]
fn what_no_calendar_has_is_an_error() {
    let east = Tz::Pacific__Kiritimati;
    let refused = date_in(east, DateTime::<Utc>::MAX_UTC);
    assert_eq!(refused, Err(BillingError::OutOfCalendar));
    assert_eq!(day_begins(TOKYO, NaiveDate::MIN), Err(BillingError::OutOfCalendar));
}
