//! What so many units cost.

use domain::billing::{NewAnchor, PriceModel, Rate, Tier, Tiers};

use super::*;

/// Tiers as bound, unit price, flat amount; the bound 0 is none.
fn tiers(rows: &[(i64, &str, &str)]) -> Tiers {
    let tier = |(bound, unit, flat): &(i64, &str, &str)| Tier {
        up_to: Some(*bound).filter(|bound| *bound > 0),
        rate: Rate::each(minor(unit)),
        flat_amount: minor(flat),
    };
    Tiers::new(rows.iter().map(tier).collect()).unwrap()
}

fn cost(price: &Price, quantity: i64) -> i64 {
    price.of(quantity).unwrap().rounded(HalfUp).unwrap()
}

fn assert_costs(id: &str, price: impl Into<Price>, costs: &[(i64, &str)]) {
    let price = price.into();
    for (quantity, expected) in costs {
        assert_eq!(cost(&price, *quantity), minor(expected), "{id} {quantity}");
    }
}

#[test]
fn tiers_price_their_own_units_and_volume_all() {
    let three = tiers(&[(5, "7.00", "0"), (10, "6.50", "0"), (0, "6.00", "0")]);
    assert_costs(
        "V158",
        PriceModel::Volume(three.clone()),
        &[(5, "35.00"), (6, "39.00"), (20, "120.00"), (25, "150.00")],
    );
    assert_costs(
        "V158",
        PriceModel::Tiered(three),
        &[(6, "41.50"), (20, "127.50"), (25, "157.50")],
    );
    assert_costs(
        "V160",
        PriceModel::Volume(tiers(&[
            (100, "2.00", "10.00"),
            (200, "1.00", "0"),
            (0, "0.50", "50.00"),
        ])),
        &[(1, "12.00"), (100, "210.00"), (101, "101.00"), (200, "200.00"), (300, "200.00")],
    );
    let usage = tiers(&[(10, "2.00", "0"), (20, "3.00", "0"), (0, "5.00", "0")]);
    assert_costs("V165", PriceModel::Tiered(usage), &[(3 + 5 + 7, "35.00"), (7, "14.00")]);
    let mixed = tiers(&[(25, "9.90", "15.00"), (100, "7.50", "0"), (0, "4.20", "0")]);
    assert_costs(
        "V168",
        PriceModel::Tiered(mixed.clone()),
        &[(0, "0.00"), (1, "24.90"), (25, "262.50"), (26, "270.00"), (130, "951.00")],
    );
    assert_costs(
        "V168",
        PriceModel::Volume(mixed),
        &[(25, "262.50"), (26, "195.00"), (130, "546.00")],
    );
}

#[test]
fn a_flat_amount_is_due_with_the_first_unit_of_its_tier() {
    let graduated = tiers(&[(10, "10.00", "2.00"), (20, "5.00", "3.00"), (0, "5.00", "3.00")]);
    let price = Price::from(PriceModel::Tiered(graduated));
    let costs =
        [(0, "0.00"), (1, "12.00"), (10, "102.00"), (11, "110.00"), (12, "115.00"), (21, "163.00")];
    assert_costs("V159", price.clone(), &costs);
    let at_zero = Price { flat_amount_at_zero: true, ..price };
    assert_costs("V159 with the switch", at_zero, &[(0, "2.00"), (1, "12.00")]);
}

#[test]
fn a_package_that_is_begun_is_paid() {
    let package = Price::from(PriceModel::Package(Rate::package(minor("100.00"), 10).unwrap()));
    for (included, expected) in [(0, "1300.00"), (10, "1200.00"), (200, "0.00")] {
        assert_costs("V161", Price { included, ..package.clone() }, &[(121, expected)]);
    }
    let tier = |up_to, amount, size| Tier {
        up_to,
        rate: Rate::package(minor(amount), size).unwrap(),
        flat_amount: 0,
    };
    let tiers = Tiers::new(vec![
        tier(Some(1_000), "1.00", 100),
        tier(Some(101_000), "1.00", 1_000),
        tier(None, "0.50", 1_000),
    ])
    .unwrap();
    let costs = [(1_000, "10.00"), (101_000, "101.00"), (101_001, "51.00"), (300_000, "150.00")];
    assert_costs("V163", PriceModel::Volume(tiers.clone()), &costs);
    assert_costs("V163", PriceModel::Tiered(tiers), &[(5_325, "15.00")]);
}

#[test]
fn a_price_below_a_minor_unit_is_for_many_units() {
    let price = PriceModel::PerUnit(Rate::per(minor("6.00"), 10_000).unwrap());
    assert_eq!(cost(&price.into(), 65_000) + minor("10.00"), minor("49.00"), "V164");
}

#[test]
fn units_may_be_included_and_amounts_limited() {
    let overage = Price { included: 100, ..Price::each(minor("2.00")) };
    assert_costs("V166", overage, &[(130, "60.00"), (100, "0.00"), (0, "0.00")]);
    let limited = |unit, minimum, maximum| Price {
        minimum: Some(minor(minimum)),
        maximum: Some(minor(maximum)),
        ..Price::each(minor(unit))
    };
    assert_costs("V167", limited("10.00", "100.00", "200.00"), &[(8, "100.00")]);
    let costs = [(25, "240.00"), (10, "120.00")];
    assert_costs("V167", limited("12.00", "120.00", "240.00"), &costs);
}

#[test]
fn a_change_is_the_difference_of_two_whole_amounts() {
    let three = tiers(&[(5, "7.00", "0"), (10, "6.50", "0"), (0, "6.00", "0")]);
    let components = vec![component(1, PriceModel::Tiered(three).into(), Timing::InAdvance)];
    let steps = vec![Step { periods: None, interval: Interval::MONTHLY, components }];
    let plan = plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default());
    let story =
        Story::of_plan(plan, "2026-04-01").units(8).then("2026-04-16", ChangeKind::Quantity(12));
    assert_eq!(story.amounts("2026-04-16"), amounts("54.50 12.50"), "V169");
}

#[test]
fn a_flat_price_is_the_same_for_all() {
    assert_costs(
        "",
        PriceModel::Flat(minor("49.00")),
        &[(0, "49.00"), (1, "49.00"), (99, "49.00")],
    );
    let flat = |price: &str, id| {
        let price = PriceModel::Flat(minor(price)).into();
        let components = vec![component(1, price, Timing::InAdvance)];
        let steps = vec![Step { periods: None, interval: Interval::MONTHLY, components }];
        copy(plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default()), id)
    };
    let story = Story::of_plan(flat("10.00", 1), "2026-04-01")
        .then("2026-04-10", ChangeKind::Quantity(7))
        .then("2026-04-16", switch(flat("20.00", 2), NewAnchor::Keep));
    assert_eq!(story.amounts("2026-04-16"), amounts("10.00 -5.00 10.00"));
}

#[test]
fn tables_with_gaps_or_without_an_end_are_refused() {
    let tier = |up_to| Tier { up_to, rate: Rate::each(1), flat_amount: 0 };
    for bounds in [
        vec![],
        vec![Some(5)],
        vec![None, None],
        vec![None, Some(5)],
        vec![Some(5), Some(5), None],
        vec![Some(9), Some(5), None],
        vec![Some(0), None],
    ] {
        let tiers = Tiers::new(bounds.iter().copied().map(tier).collect());
        assert_eq!(tiers, Err(BillingError::NotAPrice), "{bounds:?}");
    }
    assert_eq!(Rate::package(1, 0), Err(BillingError::NotAPrice));
    assert_eq!(Price::each(1).of(-1), Err(BillingError::Negative));
}
