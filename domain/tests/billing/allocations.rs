//! Splitting one price over parts.

use domain::billing::{DiscountDuration, allocate};

use super::*;

#[test]
fn parts_add_up_and_what_is_left_over_goes_to_those_cut_most() {
    for (id, total, weights, expected) in [
        ("V147", "2000.00", vec![1_000, 2_000], "666.67 1333.33"),
        ("V148", "0.05", vec![70, 30], "0.04 0.01"),
        ("V148", "0.05", vec![30, 70], "0.02 0.03"),
        ("V149", "8.00", vec![1, 1, 1], "2.67 2.67 2.66"),
        ("V149", "10.00", vec![0, 0, 0], "3.34 3.33 3.33"),
        ("V150", "100.00", vec![92, 93, 70], "36.08 36.47 27.45"),
        ("V150", "1.00", vec![92, 93, 70], "0.36 0.37 0.27"),
        ("V153", "0.00", vec![10_000, 5_000], "0.00 0.00"),
        ("V155", "100", vec![1, 1, 1], "34 33 33"),
        ("V155", "1.000", vec![1, 1, 1], "0.334 0.333 0.333"),
        ("mirrored", "-8.00", vec![1, 1, 1], "-2.67 -2.67 -2.66"),
    ] {
        assert_eq!(allocate(minor(total), &weights), Ok(amounts(expected)), "{id}");
    }
}

/// The override of a plan's price, as its components have it.
fn overridden(total: &str, interval: Interval) -> Plan {
    let parts = allocate(minor(total), &[1, 1, 1]).unwrap();
    let component = |(id, part)| component(id, Price::each(part), Timing::InAdvance);
    let components = (1..).zip(parts).map(component).collect();
    let steps = vec![Step { periods: None, interval, components }];
    plan_of(steps, BillingAlignment::Calendar, ProrationPolicy::default())
}

#[test]
fn each_part_is_a_line_and_rounded_by_itself() {
    let story = Story::of_plan(overridden("10.00", Interval::WEEKLY), "2026-06-07");
    assert_eq!(story.amounts("2026-06-07"), amounts("0.48 0.48 0.48"), "V154");
}

fn step(periods: Option<u32>, price: &str) -> Step {
    Step {
        periods,
        interval: Interval::MONTHLY,
        components: vec![component(1, Price::each(minor(price)), Timing::InAdvance)],
    }
}

fn chain(steps: Vec<Step>) -> Plan {
    plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default())
}

#[test]
fn a_chain_goes_on_at_renewals_and_stays_on_its_last_step() {
    let plan = chain(vec![step(Some(1), "99"), step(Some(3), "149"), step(None, "199")]);
    let story = Story::of_plan(plan, "2026-01-31");
    let lines = story.lines("2026-06-30");
    let starts: Vec<_> = lines.iter().map(|line| line.period.start()).collect();
    let expected = days("2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31 2026-06-30");
    assert_eq!(starts, expected, "V156");
    assert_eq!(story.amounts("2026-06-30"), [99, 149, 149, 149, 199, 199], "V156");
    let overridden = chain(vec![step(Some(1), "120"), step(Some(3), "120"), step(None, "120")]);
    let story = Story::of_plan(overridden, "2026-01-31");
    assert_eq!(story.amounts("2026-06-30").iter().sum::<i64>(), 720, "V156");
    let plan = chain(vec![step(Some(3), "4.95"), step(None, "24.95")]);
    let story = Story::of_plan(plan, "2026-01-01");
    assert_eq!(story.amounts("2026-04-01").iter().sum::<i64>(), minor("39.80"), "V157");
}

#[test]
fn what_cannot_be_split_is_refused() {
    assert_eq!(allocate(100, &[]), Err(BillingError::NothingToSplit));
    assert_eq!(allocate(100, &[1, -1]), Err(BillingError::Negative));
    assert_eq!(allocate(i64::MAX, &[i64::MAX, i64::MAX]).unwrap().iter().sum::<i64>(), i64::MAX);
    let steps = vec![step(Some(1), "1")];
    let plan =
        Plan::new(Uuid::nil(), steps, BillingAlignment::Calendar, ProrationPolicy::default(), 0);
    assert_eq!(plan, Err(BillingError::NotAPlan));
}

/// The discounts of a price of several components: one amount over all of them.
#[test]
fn an_amount_off_a_plan_is_split_over_its_components() {
    let mut story = Story::of_plan(overridden("10.00", Interval::MONTHLY), "2026-06-01");
    story.discounts = vec![domain::billing::Discount {
        kind: domain::billing::DiscountKind::Amount(minor("1.00")),
        duration: DiscountDuration::Once,
        plans: None,
        first_period: 1,
    }];
    assert_eq!(story.amounts("2026-06-01"), amounts("3.00 3.00 3.00"));
    assert_eq!(story.amounts("2026-07-01")[3..], amounts("3.34 3.33 3.33"));
}
