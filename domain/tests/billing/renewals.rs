//! Renewals, in time and late, and when what is due is issued.

use domain::billing::{Cause, ChargeType, SuspensionBilling, issued_on};

use super::*;

#[test]
fn what_was_missed_is_charged_once_the_oldest_first() {
    let story = |timing| Story::of_plan(timed("100.00", Interval::MONTHLY, timing), "2026-01-31");
    let mut advance = story(Timing::InAdvance);
    let starts: Vec<_> =
        advance.lines("2026-05-01").iter().map(|line| line.period.start()).collect();
    assert_eq!(starts, days("2026-01-31 2026-02-28 2026-03-31 2026-04-30"), "V103");
    assert_eq!(advance.bill("2026-05-01").iter().sum::<i64>(), minor("400.00"), "V103");
    assert_eq!(advance.bill("2026-05-01"), amounts(""), "V103");
    assert_eq!(story(Timing::InArrears).amounts("2026-05-01"), [minor("100.00"); 3], "V103");
}

#[test]
fn a_period_is_charged_when_it_has_begun() {
    let story = Story::of("10.00", "2011-09-01", Interval::MONTHLY);
    assert_eq!(story.amounts("2011-10-03"), amounts("10.00 10.00"), "V105");
    let periods: Vec<_> = story.lines("2011-10-03").iter().map(|line| line.period).collect();
    assert_eq!(
        periods,
        [period("2011-09-01", "2011-10-01"), period("2011-10-01", "2011-11-01")],
        "V105"
    );
}

#[test]
fn an_invoice_is_issued_before_it_is_due() {
    for (due, expected) in [("2026-02-01", "2026-01-17"), ("2026-01-01", "2025-12-17")] {
        assert_eq!(issued_on(day(due), 15), Ok(day(expected)), "V106");
    }
    let mut story = Story::of("10.00", "2026-01-01", Interval::MONTHLY);
    story.plan.lead_days = 15;
    assert_eq!(story.amounts("2026-01-16").len(), 1, "V106");
    let lines = story.lines("2026-01-17");
    assert_eq!((lines.len(), lines[1].due_on), (2, day("2026-02-01")), "V106");
}

/// However many ask, and whenever: what was billed is not billed again.
#[test]
fn a_run_that_was_cut_short_goes_on_where_it_was() {
    for billed_before in 0..4 {
        let mut story = Story::of("100.00", "2026-01-31", Interval::MONTHLY);
        let all = story.lines("2026-05-01");
        let before = all[..billed_before].iter().cloned();
        story.billed = before.map(|line| BilledLine { line, credited: 0 }).collect();
        assert_eq!(story.lines("2026-05-01"), all[billed_before..], "V107");
    }
}

#[test]
fn a_cancellation_comes_before_the_renewal_of_that_day() {
    for lead_days in [0, 15] {
        let mut story = Story::of("30.00", "2026-01-01", Interval::MONTHLY).on_renewal(
            "2026-02-01",
            "2026-01-10",
            ChangeKind::Cancel { paid: true },
        );
        story.plan.lead_days = lead_days;
        assert_eq!(story.amounts("2026-03-15"), amounts("30.00"), "V108");
    }
}

/// What was issued and has not begun is credited in full, whatever the policy.
#[test]
fn a_period_that_has_not_begun_is_credited_in_full() {
    let mut story = Story::of("30.00", "2026-01-01", Interval::MONTHLY);
    story.plan.lead_days = 15;
    let story = story.then("2026-01-20", ChangeKind::Cancel { paid: false });
    assert_eq!(story.amounts("2026-01-20"), amounts("30.00 30.00 -11.61 -30.00"));
}

#[test]
fn a_suspension_is_paid_for_or_not() {
    let suspended = |suspension| {
        let policy = ProrationPolicy { suspension, ..ProrationPolicy::default() };
        Story::of_plan(with_policy(plan("31.00", Interval::MONTHLY), policy), "2026-03-01")
            .then("2026-03-10", ChangeKind::Suspend)
            .then("2026-03-20", ChangeKind::Resume { anchor: None })
    };
    let continues = suspended(SuspensionBilling::Continues);
    assert_eq!(continues.amounts("2026-03-31"), amounts("31.00"), "V109");
    let stops = suspended(SuspensionBilling::Stops);
    assert_eq!(stops.amounts("2026-03-31"), amounts("31.00 -10.00"), "V109");
}

/// What lies between two periods is neither charged nor credited twice.
#[test]
fn a_suspension_over_renewals_is_charged_again_from_its_end() {
    let policy =
        ProrationPolicy { suspension: SuspensionBilling::Stops, ..ProrationPolicy::default() };
    let suspended = || {
        let plan = with_policy(plan("31.00", Interval::MONTHLY), policy);
        Story::of_plan(plan, "2026-03-01").then("2026-03-22", ChangeKind::Suspend)
    };
    let resumed = suspended().then("2026-05-12", ChangeKind::Resume { anchor: None });
    let expected = amounts("31.00 -10.00 20.00 31.00");
    assert_eq!(resumed.amounts("2026-06-01"), expected);
    let cancelled = suspended().then("2026-03-27", ChangeKind::Cancel { paid: true });
    assert_eq!(cancelled.amounts("2026-06-01"), amounts("31.00 -10.00"));
    let changed = suspended().then("2026-03-27", ChangeKind::Quantity(2));
    assert_eq!(changed.ask(changed.end_of("2026-03-27")), Err(BillingError::Suspended));
}

#[test]
fn a_fee_at_the_beginning_is_never_a_share() {
    let components = vec![
        component(1, Price::each(minor("50.00")), Timing::Once),
        component(2, Price::each(minor("30.00")), Timing::InAdvance),
    ];
    let steps = vec![Step { periods: None, interval: Interval::MONTHLY, components }];
    let plan = plan_of(steps, BillingAlignment::Calendar, ProrationPolicy::default());
    let story = Story::of_plan(plan, "2026-06-21");
    let lines = story.lines("2026-06-21");
    let kinds: Vec<_> = lines.iter().map(|line| (line.key.kind, line.amount)).collect();
    let expected =
        [(ChargeType::OneTimeFee, minor("50.00")), (ChargeType::CycleFee, minor("10.00"))];
    assert_eq!(kinds, expected, "V110");
    assert!(lines.iter().all(|line| line.key.cause == Cause::Period(1)), "V110");
    assert_eq!(lines.iter().map(|line| line.amount).sum::<i64>() - minor("5.00"), minor("55.00"));
}
