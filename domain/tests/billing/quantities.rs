//! More and fewer units within a period: the difference first, then its share, rounded once.

use domain::billing::Proration;

use super::*;

fn quantity(quantity: i64) -> ChangeKind {
    ChangeKind::Quantity(quantity)
}

fn of_units(price: &str, first_day: &str, units: i64) -> Story {
    Story::of(price, first_day, Interval::MONTHLY).units(units)
}

#[test]
fn the_difference_is_charged_by_days() {
    let story = of_units("8.45", "2026-08-09", 12)
        .then("2026-08-23", quantity(17))
        .then("2026-09-01", quantity(14));
    assert_eq!(story.amounts("2026-09-01"), amounts("101.40 23.17 -6.54"), "V072");
    for (id, price, first_day, before, on, after, expected) in [
        ("V073", "10.00", "2026-01-01", 5, "2026-01-15", 10, "27.42"),
        ("V073", "10.00", "2026-01-01", 5, "2026-01-15", 1, "-21.94"),
        ("V073", "5.00", "2026-01-01", 5, "2026-01-15", 10, "13.71"),
        ("V074", "30.00", "2026-04-01", 3, "2026-04-10", 2, "-21.00"),
        ("V075", "4.00", "2026-06-07", 1, "2026-06-18", 2, "2.53"),
    ] {
        let story = of_units(price, first_day, before).then(on, quantity(after));
        assert_eq!(story.amounts(on)[1..], amounts(expected), "{id}");
    }
    assert_eq!(units(5, "8.45", 17, 31), minor("23.17"), "V072");
    let (credit, charge) = (units(5, "10.00", 17, 31), units(10, "10.00", 17, 31));
    assert_eq!((credit, charge), (minor("27.42"), minor("54.84")), "V073");
}

#[test]
fn on_renewal_this_period_stays() {
    for lead_days in [0, 14] {
        let mut story =
            of_units("29.95", "2022-11-27", 7).on_renewal("2022-12-27", "2022-12-01", quantity(10));
        story.plan.lead_days = lead_days;
        assert_eq!(story.amounts("2022-12-27"), amounts("209.65 299.50"), "V076");
    }
}

#[test]
fn where_nothing_is_credited_only_the_most_units_are_charged() {
    let policy = ProrationPolicy {
        increase: Proration::Full,
        decrease: Proration::None,
        ..ProrationPolicy::default()
    };
    for (second, third, expected) in [(5, 15, "100.00 50.00"), (15, 20, "100.00 50.00 50.00")] {
        let plan = with_policy(plan("10.00", Interval::MONTHLY), policy);
        let story = Story::of_plan(plan, "2026-01-01")
            .units(10)
            .then("2026-01-10", quantity(second))
            .then("2026-01-20", quantity(third));
        assert_eq!(story.amounts("2026-01-20"), amounts(expected), "V077");
        let next = story.amounts("2026-02-01").pop();
        assert_eq!(next, Some(third * minor("10.00")), "V077");
    }
}

#[test]
fn up_and_down_on_a_day_comes_to_nothing() {
    for rounding in BOTH {
        for price in 1..40 {
            let price = format!("0.{price:02}");
            let story = of_units(&price, "2026-04-01", 7).rounded(rounding);
            let story = [8, 9, 12, 3, 7]
                .into_iter()
                .fold(story, |story, after| story.then("2026-04-16", quantity(after)));
            let lines = story.amounts("2026-04-16");
            assert_eq!(lines[1..].iter().sum::<i64>(), 0, "V078 {lines:?}");
        }
    }
}

#[test]
fn no_units_at_all_are_refused() {
    let story = of_units("8.45", "2026-08-09", 2).then("2026-08-23", quantity(0));
    let refused = story.ask(story.end_of("2026-08-23"));
    assert_eq!(refused, Err(BillingError::QuantityTooLow { minimum: 1 }), "V079");
}

/// The first period is free, so nothing else looks at how many units there were.
#[test]
fn a_difference_that_does_not_fit_is_an_error() {
    let policy = ProrationPolicy { first_period: Proration::None, ..ProrationPolicy::default() };
    let plan = with_policy(plan("1.00", Interval::MONTHLY), policy);
    let mut story = Story::of_plan(plan, "2026-01-04").units(i64::MIN);
    story.anchor = Anchor::on(day("2026-01-01"), Interval::MONTHLY);
    let story = story.then("2026-01-04", quantity(1));
    assert_eq!(story.ask(story.end_of("2026-01-04")).err(), Some(BillingError::TooLarge));
}
