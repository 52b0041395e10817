//! First and last periods that are shorter than others, and what is charged in arrears.

use domain::billing::{CancellationDay, NewAnchor, Proration, SuspensionBilling};

use super::*;

/// A first period that ends with the anchor.
#[test]
fn a_first_period_is_a_share_of_the_one_that_ends_with_it() {
    let yearly = Interval::YEARLY;
    let monthly = Interval::MONTHLY;
    for (id, price, interval, first_day, anchor, anchor_day, expected) in [
        ("V019", "649.00", monthly, "2026-01-31", "2026-02-01", 1, "20.94"),
        ("V023", "249.95", monthly, "2016-06-01", "2016-06-15", 15, "112.88"),
        ("V024", "249.95", monthly, "2016-07-15", "2016-08-10", 10, "209.64"),
        ("V025", "2399.95", yearly, "2017-05-01", "2017-05-10", 10, "59.18"),
        ("V030", "280.00", monthly, "2011-02-14", "2011-02-28", 31, "140.00"),
        ("V031", "365.00", yearly, "2026-05-01", "2026-05-15", 15, "14.00"),
        ("V031", "366.00", yearly, "2012-03-03", "2012-03-15", 15, "12.00"),
        ("V031", "366.00", yearly, "2012-03-07", "2012-03-15", 15, "8.00"),
        ("V038", "50000.00", monthly, "2026-06-02", "2026-06-01", 1, "48333.33"),
        ("V039", "70.00", Interval::WEEKLY, "2026-06-03", "2026-06-01", 1, "50.00"),
        ("V039", "70.00", Interval::WEEKLY, "2026-06-02", "2026-06-01", 1, "60.00"),
        ("V050", "599.95", monthly, "2016-05-05", "2016-05-10", 10, "99.99"),
        ("V050", "599.95", monthly, "2016-06-01", "2016-06-10", 10, "174.18"),
    ] {
        let story = Story::of(price, first_day, interval).anchored(anchor, anchor_day);
        assert_eq!(story.amounts(first_day), amounts(expected), "{id} from {first_day}");
    }
}

#[test]
fn on_the_calendar_the_first_period_ends_with_the_calendars() {
    for (id, price, first_day, expected) in [
        ("V037", "50000.00", "2026-01-15", "27419.35"),
        ("V037", "100000.00", "2026-01-18", "45161.29"),
        ("V037", "50000.00", "2026-06-19", "20000.00"),
        ("V039", "930.00", "2026-01-04", "840.00"),
        ("V039", "930.00", "2026-01-05", "810.00"),
        ("V039", "930.00", "2026-01-09", "690.00"),
        ("V039", "930.00", "2026-01-16", "480.00"),
        ("V042", "100.00", "2018-02-19", "35.71"),
        ("V043", "100.00", "2017-02-06", "82.14"),
    ] {
        let mut plan = plan(price, Interval::MONTHLY);
        plan.alignment = BillingAlignment::Calendar;
        let story = Story::of_plan(plan, first_day);
        assert_eq!(story.amounts(first_day), amounts(expected), "{id} from {first_day}");
    }
    let mut plan = plan("3950.00", Interval::MONTHLY);
    plan.alignment = BillingAlignment::Calendar;
    let story = Story::of_plan(plan, "2026-06-08");
    assert_eq!(story.amounts("2026-08-31").iter().sum::<i64>(), minor("10928.33"), "V040");
}

#[test]
fn policies_say_what_a_first_period_costs() {
    for (first_period, expected) in [
        (Proration::ByDay, "35.71 100.00"),
        (Proration::None, "100.00"),
        (Proration::Full, "100.00 100.00"),
    ] {
        let mut plan = with_policy(
            plan("100.00", Interval::MONTHLY),
            ProrationPolicy { first_period, ..ProrationPolicy::default() },
        );
        plan.alignment = BillingAlignment::Calendar;
        let story = Story::of_plan(plan, "2018-02-19");
        assert_eq!(story.amounts("2018-03-01"), amounts(expected), "{first_period:?}");
    }
}

/// Where the anchor moves, the next period ends with the new one.
#[test]
fn a_moved_anchor_makes_the_next_period_shorter() {
    let story = Story::of("249.95", "2016-06-15", Interval::MONTHLY)
        .then("2016-06-20", ChangeKind::Reanchor(Anchor::on(day("2016-07-10"), Interval::MONTHLY)));
    assert_eq!(story.amounts("2016-08-10"), amounts("249.95 209.64 249.95"), "V024");
    let periods: Vec<_> = story.lines("2016-08-10").iter().map(|line| line.period).collect();
    assert_eq!(
        periods,
        [
            period("2016-06-15", "2016-07-15"),
            period("2016-07-15", "2016-08-10"),
            period("2016-08-10", "2016-09-10"),
        ],
        "V024"
    );
}

#[test]
fn shares_agree_with_published_ones() {
    for (id, amount, part, whole, half_even, half_up) in [
        ("V023 looking ahead", "249.95", 14, 30, "116.64", "116.64"),
        ("V026", "1999.95", 3, 30, "200.00", "200.00"),
        ("V027", "249.95", 9, 30, "74.98", "74.99"),
        ("V028 of 30 days", "19.95", 8, 30, "5.32", "5.32"),
        ("V028 of 30 days", "19.95", 22, 30, "14.63", "14.63"),
        ("V028", "19.95", 23, 31, "14.80", "14.80"),
        ("V041 by days", "5000.00", 133, 366, "1816.94", "1816.94"),
        ("V041 by months", "5000.00", 4 * 31 + 11, 12 * 31, "1814.52", "1814.52"),
        ("V042 last", "100.00", 18, 31, "58.06", "58.06"),
        ("V042 rest of first", "100.00", 18, 28, "64.29", "64.29"),
        ("V043 of 30 days", "100.00", 25, 30, "83.33", "83.33"),
        ("V043 of 30 days", "100.00", 23, 30, "76.67", "76.67"),
        ("V043", "100.00", 23, 31, "74.19", "74.19"),
        ("V045 by days", "12000.00", 153, 366, "5016.39", "5016.39"),
        ("V045 by months", "12000.00", 5, 12, "5000.00", "5000.00"),
        ("V046 of 30 days", "35.00", 14, 30, "16.33", "16.33"),
        ("V046", "35.00", 14, 31, "15.81", "15.81"),
    ] {
        assert_eq!(share(amount, part, whole, HalfEven), minor(half_even), "{id}");
        assert_eq!(share(amount, part, whole, HalfUp), minor(half_up), "{id}");
    }
}

/// Nine digits of the ratio, as its source has them.
#[test]
fn ratios_are_of_actual_days() {
    for (start, end, whole, expected) in [
        ("2023-05-23", "2023-06-15", 31, 741_935_484),
        ("2023-04-23", "2023-05-15", 30, 733_333_333),
        ("2023-02-23", "2023-03-15", 28, 714_285_714),
        ("2024-02-23", "2024-03-15", 29, 724_137_931),
    ] {
        let anchor = Anchor::with_day(day(start), 15, Interval::MONTHLY).unwrap();
        let month = anchor.period_with(day(start)).unwrap();
        let share = Share::of_period(period(start, end), month).unwrap();
        assert_eq!(share.of_days(), whole, "V029");
        assert_eq!(share.of(1_000_000_000, HalfUp), Ok(expected), "V029");
    }
}

/// A term that ends within its period.
#[test]
fn a_fixed_term_is_a_share_by_days() {
    let two_years = Anchor::on(day("2023-12-01"), Interval::months(24).unwrap());
    let whole = two_years.period(0).unwrap();
    let year = Share::of_period(period("2023-12-01", "2024-12-01"), whole).unwrap();
    assert_eq!((year.days(), year.of_days()), (366, 731), "V032");
    assert_eq!(year.of(minor("40.00"), HalfUp), Ok(minor("20.03")), "V032");
}

/// Whole periods are whole, and only the odd days of the last are a share.
#[test]
fn whole_periods_are_counted_first() {
    let story = Story::of("90.00", "2026-03-01", Interval::MONTHLY)
        .then("2027-01-09", ChangeKind::Cancel { paid: true });
    assert_eq!(story.amounts("2027-01-09").iter().sum::<i64>(), minor("923.23"), "V044");
    let price = minor("35.00");
    assert_eq!(share("35.00", 14, 31, HalfUp) + 4 * price, minor("155.81"), "V046");
    assert_eq!(share("35.00", 14, 30, HalfUp) + 4 * price, minor("156.33"), "V046 of 30 days");
}

fn in_arrears(price: &str) -> Plan {
    let stops =
        ProrationPolicy { suspension: SuspensionBilling::Stops, ..ProrationPolicy::default() };
    with_policy(timed(price, Interval::MONTHLY, Timing::InArrears), stops)
}

#[test]
fn in_arrears_each_stretch_is_rounded_by_itself() {
    let story = Story::of_plan(in_arrears("100.00"), "2020-01-01")
        .then("2020-01-15", ChangeKind::Suspend)
        .then("2020-01-20", ChangeKind::Resume { anchor: None });
    assert_eq!(story.amounts("2020-01-31"), amounts(""), "V033");
    assert_eq!(story.amounts("2020-02-01"), amounts("45.16 38.71"), "V033");
}

#[test]
fn the_last_period_in_arrears_is_not_forgotten() {
    for (id, price, first_day, ended_on, expected) in [
        ("V034", "900.00", "2026-04-01", "2026-04-11", "300.00"),
        ("V034", "1000.00", "2026-04-01", "2026-04-11", "333.33"),
        ("V034", "900.00", "2026-05-01", "2026-05-11", "290.32"),
        ("V034", "1000.00", "2026-05-01", "2026-05-11", "322.58"),
        ("V035", "900.00", "2023-08-11", "2023-08-20", "261.29"),
        ("V035", "900.00", "2023-08-11", "2023-08-15", "116.13"),
    ] {
        let story = Story::of_plan(in_arrears(price), first_day)
            .then(ended_on, ChangeKind::Cancel { paid: true });
        assert_eq!(story.amounts(ended_on), amounts(expected), "{id}");
    }
    let story = Story::of_plan(in_arrears("300.00"), "2025-05-30").anchored("2025-05-31", 31);
    assert_eq!(story.amounts("2025-05-31"), amounts("9.68"), "V036");
}

#[test]
fn a_started_day_is_used_in_arrears_where_it_is_paid() {
    let policy = ProrationPolicy {
        cancellation_day: CancellationDay::Consumed,
        ..ProrationPolicy::default()
    };
    let story = Story::of_plan(with_policy(in_arrears("900.00"), policy), "2026-04-01")
        .then("2026-04-10", ChangeKind::Cancel { paid: true });
    assert_eq!(story.amounts("2026-04-10"), amounts("300.00"));
}

/// A price that rises within a period is charged from a date only where the seller moves the subscription then.
#[test]
fn a_new_price_reaches_a_subscription_by_a_change_of_its_plan() {
    let arrears = |price| timed(price, Interval::MONTHLY, Timing::InArrears);
    let story = Story::of_plan(arrears("49.95"), "2018-04-15");
    assert_eq!(story.amounts("2018-05-15"), amounts("49.95"), "V047");
    let dearer = copy(arrears("59.95"), 2);
    let story = story.then("2018-05-01", switch(dearer, NewAnchor::Keep));
    assert_eq!(story.amounts("2018-05-15"), amounts("26.64 27.98"), "V047");
}
