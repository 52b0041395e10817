//! Cancelling within a period that was billed in advance.

use domain::billing::{
    CancellationDay, CreditableLine, CreditedGroup, NewAnchor, Proration, SuspensionBilling,
    TaxCategory, TaxRate, split,
};

use super::*;

const PAID: ChangeKind = ChangeKind::Cancel { paid: true };

fn consumed_day() -> ProrationPolicy {
    ProrationPolicy { cancellation_day: CancellationDay::Consumed, ..ProrationPolicy::default() }
}

fn credit(price: &str, interval: Interval, first_day: &str, cancelled_on: &str) -> Vec<i64> {
    Story::of(price, first_day, interval).then(cancelled_on, PAID).amounts(cancelled_on)
}

#[test]
fn the_rest_of_a_paid_period_is_credited() {
    for (id, price, interval, first_day, cancelled_on, expected) in [
        ("V001", "90.00", Interval::days(30).unwrap(), "2026-01-01", "2026-01-15", "-48.00"),
        ("V001", "90.00", Interval::MONTHLY, "2026-01-01", "2026-01-15", "-49.35"),
        ("V003", "100.00", Interval::MONTHLY, "2026-01-01", "2026-01-15", "-54.84"),
        ("V005", "1200.00", Interval::YEARLY, "2015-01-01", "2015-03-15", "-960.00"),
        ("V007", "2399.95", Interval::YEARLY, "2013-08-18", "2013-09-17", "-2202.69"),
        ("V015", "249.00", Interval::MONTHLY, "2027-01-31", "2027-02-12", "-142.29"),
    ] {
        let expected = vec![minor(price), minor(expected)];
        assert_eq!(credit(price, interval, first_day, cancelled_on), expected, "{id}");
    }
}

#[test]
fn of_an_unpaid_period_what_was_used_stays_charged() {
    let story = Story::of("84.00", "2026-02-01", Interval::MONTHLY)
        .then("2026-02-10", ChangeKind::Cancel { paid: false });
    assert_eq!(story.amounts("2026-02-10"), amounts("84.00 -57.00"), "V002");
    let story = Story::of("100.00", "2026-01-01", Interval::MONTHLY)
        .then("2026-01-15", ChangeKind::Cancel { paid: false });
    assert_eq!(story.amounts("2026-01-15"), amounts("100.00 -54.84"), "V003");
}

#[test]
fn what_stays_is_found_by_subtraction() {
    for (rounding, credit, stays) in [(HalfEven, "0.02", "0.03"), (HalfUp, "0.03", "0.02")] {
        let half = Share::new(15, 30).unwrap();
        let parts = (minor(credit), minor(stays));
        assert_eq!(split(minor("0.05"), half, rounding), Ok(parts), "V004");
        let story = Story::of("0.05", "2026-04-01", Interval::MONTHLY)
            .rounded(rounding)
            .then("2026-04-16", PAID);
        assert_eq!(story.amounts("2026-04-16"), [minor("0.05"), -minor(credit)], "V004");
    }
}

#[test]
fn nothing_is_credited_beyond_what_is_left() {
    let line = CreditableLine::new(minor("2399.95")).credit(minor("2202.69")).unwrap();
    assert_eq!(line.left(), Ok(minor("197.26")), "V007");
}

#[test]
fn a_suspension_may_stop_billing_and_move_the_anchor() {
    let stops =
        ProrationPolicy { suspension: SuspensionBilling::Stops, ..ProrationPolicy::default() };
    let plan = with_policy(plan("2399.95", Interval::YEARLY), stops);
    let anchor = Anchor::on(day("2012-06-01"), Interval::YEARLY);
    let story = Story::of_plan(plan, "2012-05-01")
        .then("2012-05-12", ChangeKind::Suspend)
        .then("2012-06-04", ChangeKind::Resume { anchor: Some(anchor) });
    assert_eq!(story.amounts("2013-05-31"), amounts("2399.95 -2327.62 2380.22"), "V008");
    assert_eq!(share("2399.95", 23, 365, HalfUp), minor("151.23"), "V009");
    assert_eq!(share("2399.95", 31, 365, HalfUp), minor("203.83"), "V009");
}

#[test]
fn a_seller_may_have_the_started_day_be_paid() {
    for (id, price, first_day, cancelled_on, policy, net, tax, gross) in [
        ("V010", "50.00", "2023-02-01", "2023-02-07", consumed_day(), "37.50", "7.50", "45.00"),
        ("V012", "50.00", "2023-02-01", "2023-02-08", consumed_day(), "35.71", "7.14", "42.85"),
        ("V013", "100.00", "2023-02-01", "2023-02-21", consumed_day(), "25.00", "5.00", "30.00"),
        ("V013", "100.00", "2023-02-01", "2023-02-21", <_>::default(), "28.57", "5.71", "34.28"),
    ] {
        let plan = with_policy(plan(price, Interval::MONTHLY), policy);
        let lines = Story::of_plan(plan, first_day).then(cancelled_on, PAID).amounts(cancelled_on);
        let credit = -lines[1];
        let rate = TaxRate { category: TaxCategory::Standard, basis_points: 2_000 };
        let group = CreditedGroup::new(rate, false).credit(credit, HalfUp).unwrap();
        assert_eq!((credit, group.credited_tax), (minor(net), minor(tax)), "{id}");
        assert_eq!(credit + group.credited_tax, minor(gross), "{id}");
    }
}

#[test]
fn what_was_used_is_charged_in_arrears() {
    for (policy, expected) in [(consumed_day(), "320.00"), (ProrationPolicy::default(), "310.00")] {
        let quarter = timed("910.00", Interval::days(91).unwrap(), Timing::InArrears);
        let story = Story::of_plan(with_policy(quarter, policy), "2026-05-20");
        assert_eq!(story.then("2026-06-20", PAID).amounts("2026-06-20"), amounts(expected), "V014");
    }
}

#[test]
fn a_refund_window_is_of_the_offer() {
    let policy = ProrationPolicy { refund_window_hours: Some(168), ..ProrationPolicy::default() };
    for (cancelled_on, expected) in
        [("2022-10-12", "30.00 -30.00"), ("2022-10-13", "30.00 -29.03"), ("2022-10-19", "30.00")]
    {
        let plan = with_policy(plan("3.00", Interval::MONTHLY), policy);
        let story = Story::of_plan(plan, "2022-10-12").units(10).then(cancelled_on, PAID);
        assert_eq!(story.amounts(cancelled_on), amounts(expected), "V018 {cancelled_on}");
    }
}

#[test]
fn policies_say_what_is_taken_back() {
    for (paid, proration, expected) in [
        (true, Proration::None, "90.00"),
        (true, Proration::Full, "90.00 -90.00"),
        (false, Proration::None, "90.00 -90.00"),
        (false, Proration::Full, "90.00"),
    ] {
        let policy = ProrationPolicy {
            paid_cancellation: proration,
            unpaid_cancellation: proration,
            ..ProrationPolicy::default()
        };
        let plan = with_policy(plan("90.00", Interval::MONTHLY), policy);
        let story =
            Story::of_plan(plan, "2026-01-01").then("2026-01-15", ChangeKind::Cancel { paid });
        assert_eq!(story.amounts("2026-01-15"), amounts(expected), "{paid} {proration:?}");
    }
}

/// Also of what was used under another plan, which had the same component.
#[test]
fn all_of_a_period_is_taken_back_by_one_line() {
    let policy =
        ProrationPolicy { paid_cancellation: Proration::Full, ..ProrationPolicy::default() };
    let of = |price, id| copy(with_policy(plan(price, Interval::MONTHLY), policy), id);
    let story = Story::of_plan(of("30.00", 1), "2026-04-01")
        .then("2026-04-11", switch(of("60.00", 2), NewAnchor::Keep))
        .then("2026-04-21", PAID);
    assert_eq!(story.amounts("2026-04-21"), amounts("30.00 -20.00 40.00 -50.00"));
    let corrected: Vec<_> =
        story.lines("2026-04-21")[3].corrects.iter().map(|corrected| corrected.amount).collect();
    assert_eq!(corrected, amounts("10.00 40.00"));
}

#[test]
fn shares_are_ratios_of_whole_numbers() {
    for (id, amount, part, whole, expected) in [
        ("V001", "90.00", 16, 30, "48.00"),
        ("V002", "84.00", 9, 28, "27.00"),
        ("V003", "100.00", 14, 31, "45.16"),
        ("V005 by whole months", "1200.00", 9, 12, "900.00"),
        ("V006", "1188.00", 243, 366, "788.75"),
        ("V015 of 30 days", "249.00", 16, 30, "132.80"),
        ("V019", "649.00", 1, 31, "20.94"),
        ("V020", "123456789.00", 10, 30, "41152263.00"),
        ("V021 by seconds", "10.00", 1_489_449_600 - 1_488_568_488, 2_419_200, "3.64"),
        ("V021 by days", "10.00", 11, 28, "3.93"),
        ("V021 the day used", "10.00", 10, 28, "3.57"),
    ] {
        for rounding in BOTH {
            assert_eq!(share(amount, part, whole, rounding), minor(expected), "{id}");
        }
    }
}

#[test]
fn a_month_has_as_many_days_as_it_has() {
    for (start, end, of_days, expected) in [
        ("2021-02-27", "2021-03-01", 28, 2),
        ("2021-01-27", "2021-02-01", 31, 5),
        ("2020-02-01", "2020-03-01", 29, 29),
        ("2021-04-21", "2021-04-30", 30, 9),
    ] {
        let stretch = period(start, end);
        let month = Anchor::calendar(day(start), Interval::MONTHLY).unwrap();
        let share = Share::of_period(stretch, month.period(0).unwrap());
        assert_eq!(share, Share::new(expected, of_days), "V022");
    }
}

/// APX-24: whatever the policy says of a cancellation, and whatever binds.
#[test]
fn what_is_undone_is_given_back_in_full() {
    let nothing_back = ProrationPolicy {
        paid_cancellation: Proration::None,
        unpaid_cancellation: Proration::Full,
        decrease: Proration::None,
        refund_window_hours: Some(1),
        ..ProrationPolicy::default()
    };
    let plan = with_policy(plan("90.00", Interval::MONTHLY), nothing_back);
    let mut story = Story::of_plan(plan, "2026-01-01")
        .then("2026-01-11", ChangeKind::Quantity(3))
        .then("2026-01-21", ChangeKind::Quantity(2));
    assert_eq!(story.bill("2026-02-14"), amounts("90.00 121.94 180.00"));
    // Some of it was credited by hand.
    story.billed[2].credited = minor("30.00");
    let mut story = story.then("2026-02-15", ChangeKind::Undo);
    let lines = story.lines("2026-03-31");
    let given_back: Vec<_> = lines.iter().map(|line| (line.key.from, line.amount)).collect();
    let expected = [("2026-01-01", "-90.00"), ("2026-01-11", "-121.94"), ("2026-02-01", "-150.00")];
    assert_eq!(given_back, expected.map(|(from, amount)| (day(from), minor(amount))));
    assert!(lines.iter().all(|line| line.due_on == day("2026-02-15")));
    story.bill("2026-03-31");
    assert!(story.amounts("2026-05-31").is_empty());
}
