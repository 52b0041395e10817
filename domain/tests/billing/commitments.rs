//! Leaving early, and how few units there may be.

use std::collections::BTreeMap;

use chrono::Days;
use domain::billing::{
    CancellationDay, ChargeType, Commitment, CommitmentTerms, Discount, DiscountDuration,
    DiscountKind, NewAnchor, Proration, SurchargePolicy, SuspensionBilling, settle_credit, true_up,
};
use proptest::{prelude::*, sample::select};

use super::*;

fn commitment(surcharge: SurchargePolicy) -> Commitment {
    Commitment { term: period("2026-01-01", "2027-01-01"), quantity: 10, surcharge, renews: false }
}

/// What leaving costs on a day, and the lines that say so, by component.
fn fees(story: &Story, date: &str) -> Vec<(u128, i64)> {
    let story = story.clone().then(date, ChangeKind::Cancel { paid: true });
    exits(&story.lines(date))
}

fn exits(lines: &[ChargeLine]) -> Vec<(u128, i64)> {
    let exits = lines.iter().filter(|line| line.key.kind == ChargeType::ExitFee);
    exits.map(|line| (line.key.component.as_u128(), line.amount)).collect()
}

fn fee(story: &Story, date: &str) -> i64 {
    fees(story, date).into_iter().map(|(_, amount)| amount).sum()
}

fn bound(mut story: Story, surcharge: SurchargePolicy) -> Story {
    story.plan.commitment =
        Some(CommitmentTerms { months: 12, quantity: None, surcharge, renews: false });
    story
}

const ALL: SurchargePolicy = SurchargePolicy::Remainder(10_000);
const HALF: SurchargePolicy = SurchargePolicy::Remainder(5_000);

fn step(periods: Option<u32>, interval: Interval, prices: &[(u128, &str)]) -> Step {
    let component =
        |(id, price): &(u128, &str)| component(*id, Price::each(minor(price)), Timing::InAdvance);
    Step { periods, interval, components: prices.iter().map(component).collect() }
}

fn of_steps(steps: Vec<Step>, first_day: &str) -> Story {
    let plan = plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default());
    Story::of_plan(plan, first_day)
}

#[test]
fn what_remains_of_a_term_is_what_its_periods_come_to() {
    let story = bound(Story::of("895.00", "2018-01-31", Interval::MONTHLY), ALL);
    let leaving = |on: &str| {
        let cancel = ChangeKind::Cancel { paid: true };
        let story = story.clone().on_renewal(on, "2018-01-31", cancel);
        exits(&story.lines(on)).into_iter().map(|(_, amount)| amount).sum::<i64>()
    };
    assert_eq!(fee(&story, "2018-01-31"), minor("10740.00"), "V170");
    assert_eq!(leaving("2018-02-28"), minor("9845.00"), "V170");
    assert_eq!(leaving("2019-01-31"), 0, "V170");
    let yearly = |policy| bound(Story::of("1200.00", "2026-01-01", Interval::YEARLY), policy);
    assert_eq!(fee(&yearly(ALL), "2026-05-16"), minor("756.16"), "V172");
    assert_eq!(fee(&yearly(HALF), "2026-05-16"), minor("378.08"), "V172");
}

/// Steps have periods of their own length, and so does what remains.
#[test]
fn what_remains_is_of_the_steps_that_follow() {
    let free = |periods| step(Some(periods), Interval::WEEKLY, &[(1, "0.00")]);
    for (steps, on, expected) in [
        // A week for nothing, then 100.00 a year: all of the year but its last 7 days.
        (
            vec![free(1), step(None, Interval::YEARLY, &[(1, "100.00")])],
            "2026-09-12",
            share("100.00", 358, 365, HalfUp),
        ),
        // Two weeks, three months, and then eight more and half of another.
        (
            vec![
                free(2),
                step(Some(3), Interval::MONTHLY, &[(1, "15.00")]),
                step(None, Interval::MONTHLY, &[(1, "30.00")]),
            ],
            "2026-09-12",
            minor("285.00") + share("30.00", 17, 31, HalfUp),
        ),
        // A month, then 47 weeks and six days of another.
        (
            vec![
                step(Some(1), Interval::MONTHLY, &[(1, "10.00")]),
                step(None, Interval::WEEKLY, &[(1, "15.00")]),
            ],
            "2026-09-10",
            minor("10.00") + 47 * minor("15.00") + share("15.00", 6, 7, HalfUp),
        ),
    ] {
        let story = of_steps(steps, "2026-09-10");
        assert_eq!(fee(&bound(story.clone(), ALL), on), expected);
        let half = Exact::from(expected).times(1, 2).unwrap().rounded(HalfUp).unwrap();
        assert_eq!(fee(&bound(story, HALF), on), half);
    }
}

/// Each component is left for what remains of itself, by largest remainder.
#[test]
fn an_exit_is_shared_by_what_remains_of_each_component() {
    let steps = || {
        vec![
            step(Some(1), Interval::MONTHLY, &[(1, "10.00"), (2, "20.00")]),
            step(None, Interval::MONTHLY, &[(1, "10.01"), (3, "0.00")]),
        ]
    };
    let story = bound(of_steps(steps(), "2026-01-01"), HALF);
    // 10.00 + 11 × 10.01 and 20.00, halved: 70.06 of 140.11.
    assert_eq!(fees(&story, "2026-01-01"), [(1, 6_006), (2, 1_000)]);
    let fixed = SurchargePolicy::Fixed(minor("99.00"));
    let story = bound(of_steps(steps(), "2026-01-01"), fixed);
    assert_eq!(fees(&story, "2026-01-01"), [(1, 3_300), (2, 6_600)]);
    assert_eq!(fees(&story, "2026-02-10"), [(1, 9_900)]);
    // Equally, where all cost nothing.
    let trial = step(Some(1), Interval::MONTHLY, &[(1, "0.00"), (2, "0.00")]);
    let steps = vec![trial, step(None, Interval::MONTHLY, &[(1, "1.00"), (2, "9.00")])];
    let story = bound(of_steps(steps, "2026-01-01"), fixed);
    assert_eq!(fees(&story, "2026-01-10"), [(1, 4_950), (2, 4_950)]);
    assert_eq!(fees(&story, "2026-02-10"), [(1, 990), (2, 8_910)]);
    // What is charged once or by use is no part of it.
    let setup = component(3, Price::each(minor("50.00")), Timing::Once);
    let used = component(4, Price::each(minor("50.00")), Timing::Usage);
    let mut steps = vec![step(None, Interval::MONTHLY, &[(1, "10.00")])];
    steps[0].components.splice(0..0, [setup, used]);
    for policy in [fixed, ALL] {
        let story = bound(of_steps(steps.clone(), "2026-01-01"), policy);
        let fees = fees(&story, "2026-01-10");
        assert_eq!(fees.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1]);
    }
}

/// Leaving at once is never dearer than to stay: what is not given back does not remain.
#[test]
fn what_stays_billed_does_not_remain() {
    let leave = |policy: ProrationPolicy, timing| {
        let plan = with_policy(timed("31.00", Interval::MONTHLY, timing), policy);
        let story = bound(Story::of_plan(plan, "2026-01-01"), ALL);
        let story = story.then("2026-10-11", ChangeKind::Cancel { paid: true });
        let lines = story.lines("2026-10-11");
        let all: i64 = lines.iter().map(|line| line.amount).sum();
        (exits(&lines)[0].1, all)
    };
    let by_days = ProrationPolicy::default();
    let nothing = ProrationPolicy { paid_cancellation: Proration::None, ..by_days };
    let window = ProrationPolicy { refund_window_hours: Some(24), ..by_days };
    let consumed = ProrationPolicy { cancellation_day: CancellationDay::Consumed, ..by_days };
    for (policy, timing, expected) in [
        (by_days, Timing::InAdvance, "83.00"),
        (nothing, Timing::InAdvance, "62.00"),
        (window, Timing::InAdvance, "62.00"),
        (consumed, Timing::InAdvance, "82.00"),
        (nothing, Timing::InArrears, "83.00"),
    ] {
        assert_eq!(leave(policy, timing), (minor(expected), 12 * minor("31.00")), "{expected}");
    }
    // A suspension that has stopped billing ends with the subscription: from here on it would be charged again.
    let stops = ProrationPolicy { suspension: SuspensionBilling::Stops, ..by_days };
    let plan = with_policy(plan("31.00", Interval::MONTHLY), stops);
    let story = bound(Story::of_plan(plan, "2026-01-01"), ALL);
    let story = story.then("2026-07-11", ChangeKind::Suspend);
    assert_eq!(fee(&story, "2026-10-11"), minor("83.00"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// On the first day of a period, all of what remains is what billing would charge until the end of the term, component
    /// by component; of a period that is not all in it, the part that is.
    #[test]
    fn what_remains_is_what_billing_would_charge(
        first_day in (0..3_000_u64).prop_map(|after| day("2020-01-01") + Days::new(after)),
        steps in prop::collection::vec(
            (
                1..4_u32,
                select(vec![
                    Interval::WEEKLY, Interval::MONTHLY, Interval::QUARTERLY, Interval::YEARLY,
                ]),
                prop::collection::vec((1..5_u128, 0..2_000_i64), 1..4),
            ),
            1..4,
        ),
        quantity in 1..4_i64,
        discount in prop::option::of((0..3_000_i64, 1..9_u32, 1..9_u32)),
        months in 1..30_u32,
        nth in 0..400_usize,
        opens_day in any::<bool>(),
        mode in select(&BOTH[..]),
    ) {
        let last = steps.len() - 1;
        let steps = steps.into_iter().enumerate().map(|(place, (periods, interval, prices))| {
            let mut components: Vec<Component> = Vec::new();
            for (id, price) in prices {
                if components.iter().all(|it| it.id.as_u128() != id) {
                    components.push(component(id, Price::each(price), Timing::InAdvance));
                }
            }
            Step { periods: (place < last).then_some(periods), interval, components }
        });
        let mut story = of_steps(steps.collect(), &first_day.to_string())
            .units(quantity)
            .rounded(mode);
        story.plan.commitment =
            Some(CommitmentTerms { months, quantity: None, surcharge: ALL, renews: false });
        story.discounts = discount.into_iter().map(|(amount, periods, first_period)| Discount {
            kind: DiscountKind::Amount(amount),
            duration: DiscountDuration::Periods(periods),
            first_period,
            plans: None,
        }).collect();
        let term = story.ask(story.end_of(&first_day.to_string())).unwrap().commitment.unwrap().term;
        let all = story.ask(story.end_of(&term.end().to_string())).unwrap();
        let within: Vec<_> =
            all.begun.iter().filter(|it| it.period.start() < term.end()).collect();
        let leaves_on = within[nth % within.len()].period.start();
        let mut expected = BTreeMap::new();
        for line in &all.lines {
            let charged = line.period.until(term.end());
            if line.period.start() >= leaves_on && charged.days() > 0 {
                let share = Share::of_period(charged, line.period).unwrap();
                let amount = share.of(line.amount, mode).unwrap();
                *expected.entry(line.key.component.as_u128()).or_insert(0) += amount;
            }
        }
        expected.retain(|_, amount| *amount != 0);
        let cancel = ChangeKind::Cancel { paid: true };
        let on = leaves_on.to_string();
        let story = if opens_day && leaves_on > first_day {
            story.on_renewal(&on, &first_day.to_string(), cancel)
        } else {
            story.then(&on, cancel)
        };
        let found: BTreeMap<_, _> =
            exits(&story.lines(&on)).into_iter().collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_minimum_is_a_share_and_rounded_by_itself() {
    for (days, of_days, expected) in [
        (25, 28, "8035.71"),
        (5, 7, "6428.57"),
        (56, 90, "5600.00"),
        (334, 365, "8235.61"),
        (1, 1, "9000.00"),
    ] {
        let billed = share("1000.00", days, of_days, HalfUp);
        let part = Share::new(days, of_days).unwrap();
        let due = true_up(minor("10000.00"), part, &[billed], HalfUp);
        assert_eq!(due, Ok(minor(expected)), "V171");
    }
    assert_eq!(true_up(minor("10.00"), Share::WHOLE, &[minor("12.00")], HalfUp), Ok(0));
}

#[test]
fn leaving_costs_what_its_policy_says() {
    let on = day("2026-05-16");
    let end = day("2027-01-01");
    for (policy, billed_until, fee) in [
        (SurchargePolicy::Remainder(10_000), on, "756.16"),
        (SurchargePolicy::Remainder(5_000), on, "378.08"),
        (SurchargePolicy::None, on, "0.00"),
        (SurchargePolicy::Fixed(minor("99.00")), on, "99.00"),
        (SurchargePolicy::Continue, end, "0.00"),
    ] {
        let commitment = commitment(policy);
        let left = minor("756.16");
        assert_eq!(commitment.billed_until(on), billed_until, "{policy:?}");
        assert_eq!(commitment.fee(on, left, HalfUp), Ok(minor(fee)), "{policy:?}");
        assert_eq!(commitment.billed_until(end), end, "{policy:?}");
        assert_eq!(commitment.fee(end, left, HalfUp), Ok(0), "{policy:?}");
    }
}

fn committed(surcharge: SurchargePolicy) -> Story {
    bound(Story::of("10.00", "2026-01-01", Interval::MONTHLY).units(10), surcharge)
}

#[test]
fn an_exit_is_a_line_of_its_own() {
    let cancel = ChangeKind::Cancel { paid: true };
    let story = committed(SurchargePolicy::Remainder(5_000)).then("2026-05-16", cancel.clone());
    let lines = story.lines("2026-05-16");
    let exit = lines.last().unwrap();
    // Half of the 51.61 that are given back of May, and of seven months.
    assert_eq!((exit.key.kind, exit.amount), (ChargeType::ExitFee, minor("375.81")));
    assert_eq!(lines[lines.len() - 2].amount, minor("-51.61"));

    let story = committed(SurchargePolicy::Continue).then("2026-05-16", cancel);
    assert_eq!(story.amounts("2028-01-01"), [minor("100.00"); 12], "billing continues");
}

#[test]
fn a_cancellation_under_a_commitment_is_not_taken_back() {
    let (today, to) = (day("2026-05-16"), day("2026-06-01"));
    let commitment = commitment(SurchargePolicy::None);
    let revoked = Commitment::may_revoke_cancellation(Some(&commitment), today, to);
    assert_eq!(revoked, Err(BillingError::CommitmentBinds), "V174");
    assert_eq!(Commitment::may_revoke_cancellation(None, today, to), Ok(()), "V174");
    let late = Commitment::may_revoke_cancellation(None, to, to);
    assert_eq!(late, Err(BillingError::Ended), "V174");
}

#[test]
fn fewer_units_than_committed_are_refused() {
    let story = committed(SurchargePolicy::None).then("2026-05-16", ChangeKind::Quantity(9));
    let refused = story.ask(story.end_of("2026-05-16"));
    assert_eq!(refused, Err(BillingError::QuantityTooLow { minimum: 10 }), "V175");
    let story = committed(SurchargePolicy::None).then("2027-01-01", ChangeKind::Quantity(9));
    assert_eq!(story.lines("2027-01-01").len(), 14, "V175");
}

#[test]
fn a_term_follows_another_and_what_ends_with_it_is_free() {
    let mut story = committed(SurchargePolicy::Fixed(minor("99.00")));
    let terms = story.plan.commitment.unwrap();
    story.plan.commitment = Some(CommitmentTerms { months: 3, renews: true, ..terms });
    let term_on = |story: &Story, date: &str| {
        let commitment = story.ask(story.end_of(date)).unwrap().commitment.unwrap();
        (commitment.term, commitment.quantity)
    };
    let first = (period("2026-01-01", "2026-04-01"), 10);
    assert_eq!(term_on(&story, "2026-03-31"), first);
    let story = story.then("2026-02-01", ChangeKind::Quantity(12));
    assert_eq!(term_on(&story, "2026-03-31"), first);
    // As many as there are when it begins.
    let second = (period("2026-04-01", "2026-07-01"), 12);
    assert_eq!(term_on(&story, "2026-04-01"), second);
    let cancel = ChangeKind::Cancel { paid: true };
    let with_it = story.clone().on_renewal("2026-07-01", "2026-05-05", cancel.clone());
    assert!(with_it.lines("2026-07-01").iter().all(|line| line.key.kind != ChargeType::ExitFee));
    let later = story.clone().on_renewal("2026-07-02", "2026-05-05", cancel);
    let last = later.lines("2026-07-02").pop().unwrap();
    assert_eq!((last.key.kind, last.amount), (ChargeType::ExitFee, minor("99.00")));
    let fewer = story.then("2026-05-05", ChangeKind::Quantity(11));
    let refused = fewer.ask(fewer.end_of("2026-05-05"));
    assert_eq!(refused, Err(BillingError::QuantityTooLow { minimum: 12 }));
}

#[test]
fn a_plan_that_binds_for_longer_takes_the_place_of_one_that_does_not() {
    let terms = |months| CommitmentTerms {
        months,
        quantity: Some(1),
        surcharge: SurchargePolicy::None,
        renews: false,
    };
    for (months, ends) in [(6, "2027-01-01"), (12, "2027-03-01")] {
        let mut story = Story::of("10.00", "2026-01-01", Interval::MONTHLY);
        story.plan.commitment = Some(terms(12));
        let mut other = copy(plan("20.00", Interval::MONTHLY), 2);
        other.commitment = Some(terms(months));
        let story = story.then("2026-03-01", switch(other, NewAnchor::Keep));
        let commitment = story.ask(story.end_of("2026-03-01")).unwrap().commitment.unwrap();
        assert_eq!(commitment.term.end(), day(ends));
    }
}

/// Nobody is bound to more units than it has.
#[test]
fn a_plan_that_binds_to_more_units_than_there_are_is_refused() {
    let mut other = copy(plan("20.00", Interval::MONTHLY), 2);
    let terms = CommitmentTerms {
        months: 12,
        quantity: Some(3),
        surcharge: SurchargePolicy::None,
        renews: false,
    };
    other.commitment = Some(terms);
    for (quantity, expected) in [(2, Err(3)), (3, Ok(3))] {
        let story = Story::of("10.00", "2026-01-01", Interval::MONTHLY).units(quantity);
        let story = story.then("2026-03-01", switch(other.clone(), NewAnchor::Keep));
        let bound = story.ask(story.end_of("2026-03-01"));
        let bound = bound.map(|charges| charges.commitment.unwrap().quantity);
        let expected = expected.map_err(|minimum| BillingError::QuantityTooLow { minimum });
        assert_eq!(bound, expected);
    }
}

/// A discount makes what remains cheaper, and so does it what leaving costs. What is committed counts, and not what is there.
#[test]
fn what_remains_is_less_by_discounts_and_of_the_units_that_are_committed() {
    let mut story = committed(ALL).then("2026-01-20", ChangeKind::Quantity(50));
    story.discounts = vec![Discount {
        kind: DiscountKind::Percent(5_000),
        duration: DiscountDuration::Periods(6),
        first_period: 1,
        plans: None,
    }];
    assert_eq!(fee(&story, "2026-03-01"), 4 * minor("50.00") + 6 * minor("100.00"));
}

#[test]
fn after_a_trial_of_days_periods_begin_where_it_ended() {
    for (id, first_day, length, price, paid, next) in [
        ("V176", "2026-02-20", 14, "30.00", "2026-03-06", "2026-04-06"),
        ("V187", "2024-04-28", 7, "10.00", "2024-05-05", "2024-06-05"),
    ] {
        let trial = Interval::days(length).unwrap();
        let steps = vec![
            step(Some(1), trial, &[(1, "0.00")]),
            step(None, Interval::MONTHLY, &[(1, price)]),
        ];
        let lines = of_steps(steps, first_day).lines(paid);
        let charged: Vec<_> = lines.iter().map(|line| (line.period, line.amount)).collect();
        assert_eq!(charged, [(period(paid, next), minor(price))], "{id}");
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    assert_eq!(settle_credit(i64::MIN, 0, 0), Err(BillingError::TooLarge));
    let huge = commitment(SurchargePolicy::Remainder(i64::MAX));
    let fee = huge.fee(day("2026-05-16"), minor("1200.00"), HalfUp);
    assert_eq!(fee, Err(BillingError::TooLarge));
}
