//! What is charged by use: added up for each period, and after that as it is reported.

use domain::billing::{
    CancellationDay, Cause, ChargeDirection, ChargeType, NewAnchor, PriceModel, Rate, Tier, Tiers,
};
use proptest::prelude::*;

use super::*;

/// The component that is charged by use.
const USED: u128 = 7;

/// 1–10 at 2.00, 11–20 at 3.00, 21 and more at 5.00.
fn tiers() -> Tiers {
    let tier = |up_to, amount| Tier { up_to, rate: Rate::each(amount), flat_amount: 0 };
    Tiers::new(vec![tier(Some(10), 200), tier(Some(20), 300), tier(None, 500)]).unwrap()
}

fn used_at(price: impl Into<Price>) -> Plan {
    let components = vec![component(USED, price.into(), Timing::Usage)];
    let steps = vec![Step { periods: None, interval: Interval::MONTHLY, components }];
    plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default())
}

fn tiered() -> Plan {
    used_at(PriceModel::Tiered(tiers()))
}

fn used(date: &str, quantity: i64) -> Usage {
    Usage { component: Uuid::from_u128(USED), day: day(date), late_on: None, quantity }
}

fn late(date: &str, quantity: i64, reported: &str) -> Usage {
    Usage { late_on: Some(day(reported)), ..used(date, quantity) }
}

impl Story {
    fn used(mut self, usage: &[Usage]) -> Self {
        self.usage.extend(usage);
        self
    }
}

#[test]
fn use_is_added_up_before_it_is_priced() {
    let reports = [used("2027-01-15", 3), used("2027-01-15", 5), used("2027-01-15", 7)];
    let story = Story::of_plan(tiered(), "2027-01-15").used(&reports);
    assert!(story.lines("2027-02-14").is_empty(), "V165: in arrears");
    let [line] = story.lines("2027-02-15").try_into().unwrap();
    assert_eq!((line.amount, line.quantity), (minor("35.00"), 15), "V165");
    assert_eq!((line.key.kind, line.key.cause), (ChargeType::UsageFee, Cause::Period(1)));
    assert_eq!((line.period, line.due_on), (period("2027-01-15", "2027-02-15"), day("2027-02-15")));
}

#[test]
fn what_is_reported_late_is_charged_when_its_day_is_over_and_with_its_own_days() {
    let mut story = Story::of_plan(tiered(), "2027-01-01").used(&[used("2027-01-01", 8)]);
    assert_eq!(story.bill("2027-02-01"), [minor("16.00")]);
    // Two reports of a day, and one of another, for the period that is over; one for the period that runs.
    story = story.used(&[
        late("2027-01-01", 3, "2027-02-03"),
        late("2027-01-01", 4, "2027-02-03"),
        late("2027-01-01", 6, "2027-02-10"),
        used("2027-02-01", 1),
    ]);
    assert!(story.lines("2027-02-03").is_empty());
    assert_eq!(story.ask(story.end_of("2027-02-03")).unwrap().next_on, Some(day("2027-02-04")));
    let lines = story.lines("2027-03-01");
    let told: Vec<_> = lines.iter().map(|it| (it.amount, it.quantity, it.due_on)).collect();
    // 15 units come to 35.00, 21 to 55.00.
    assert_eq!(
        told,
        [
            (minor("19.00"), 7, day("2027-02-04")),
            (minor("20.00"), 6, day("2027-02-11")),
            (minor("2.00"), 1, day("2027-03-01")),
        ]
    );
    assert!(lines[..2].iter().all(|line| line.period == period("2027-01-01", "2027-02-01")));
    assert_eq!(story.bill("2027-02-04"), [minor("19.00")]);
    assert_eq!(story.bill("2027-03-01"), [minor("20.00"), minor("2.00")]);
    assert!(story.bill("2027-03-01").is_empty());
}

#[test]
fn a_correction_takes_back_what_was_charged_newest_first() {
    let mut story = Story::of_plan(tiered(), "2027-01-01")
        .used(&[used("2027-01-01", 12), used("2027-01-01", -2)]);
    assert_eq!(story.bill("2027-02-01"), [minor("20.00")]);
    story = story.used(&[late("2027-01-01", 5, "2027-02-02")]);
    assert_eq!(story.bill("2027-02-03"), [minor("15.00")]);
    story = story.used(&[late("2027-01-01", -6, "2027-02-05")]);
    let [line] = story.lines("2027-02-06").try_into().unwrap();
    assert_eq!((line.amount, line.quantity), (minor("-17.00"), -6));
    assert_eq!(
        (line.key.kind, line.key.direction),
        (ChargeType::Correction, ChargeDirection::Credit)
    );
    let taken: Vec<_> = line.corrects.iter().map(|it| (it.key.cause, it.amount)).collect();
    assert_eq!(
        taken,
        [(Cause::Period(1), minor("2.00")), (Cause::Reported(day("2027-02-02")), minor("15.00"))]
    );
    story.bill("2027-02-06");
    story = story.used(&[late("2027-01-01", -9, "2027-02-07")]);
    assert_eq!(story.bill("2027-02-08"), [minor("-18.00")]);
    // Nothing was used: nothing is left.
    let total: i64 = story.billed.iter().map(|billed| billed.line.amount).sum();
    assert_eq!(total, 0);
}

/// Where more units cost less, a late report gives back.
#[test]
fn just_above_a_bound_of_volume_more_may_cost_less() {
    let tier = |up_to, amount| Tier { up_to, rate: Rate::each(amount), flat_amount: 0 };
    let table = Tiers::new(vec![tier(Some(100), 200), tier(None, 100)]).unwrap();
    let mut story = Story::of_plan(used_at(PriceModel::Volume(table)), "2027-01-01")
        .used(&[used("2027-01-01", 100)]);
    assert_eq!(story.bill("2027-02-01"), [minor("200.00")]);
    story = story.used(&[late("2027-01-01", 1, "2027-02-01")]);
    assert_eq!(story.bill("2027-02-02"), [minor("-99.00")]);
    story = story.used(&[late("2027-01-01", -1, "2027-02-02")]);
    assert_eq!(story.bill("2027-02-03"), [minor("99.00")]);
}

#[test]
fn what_was_not_used_costs_nothing_whatever_its_price_says() {
    for model in [PriceModel::Flat(500), PriceModel::PerUnit(Rate::each(500))] {
        let story = Story::of_plan(used_at(model), "2027-01-01").used(&[
            used("2027-02-01", 3),
            used("2027-02-01", -3),
            used("2027-03-01", 1),
        ]);
        assert_eq!(story.amounts("2027-05-01"), [500]);
    }
    let package = PriceModel::Package(Rate::package(600, 1_000).unwrap());
    let story = Story::of_plan(used_at(package), "2027-01-01").used(&[used("2027-01-01", 1_001)]);
    assert_eq!(story.amounts("2027-02-01"), [1_200]);
}

/// Units, discounts and terms are of what time charges for.
#[test]
fn nothing_but_what_was_used_changes_what_use_costs() {
    let mut plan = tiered();
    let mut steps = vec![Step {
        periods: None,
        interval: Interval::MONTHLY,
        components: vec![component(1, Price::each(minor("30.00")), Timing::InAdvance)],
    }];
    steps[0].components.push(component(USED, PriceModel::Tiered(tiers()).into(), Timing::Usage));
    plan = plan_of(steps, plan.alignment, plan.policy);
    let mut story = Story::of_plan(plan, "2027-04-01").units(2).used(&[used("2027-04-01", 15)]);
    story.discounts = vec![domain::billing::Discount {
        kind: domain::billing::DiscountKind::Percent(5_000),
        duration: domain::billing::DiscountDuration::Forever,
        plans: None,
        first_period: 1,
    }];
    story = story.then("2027-04-16", ChangeKind::Quantity(4));
    assert_eq!(story.bill("2027-04-30"), [minor("30.00"), minor("15.00")]);
    // On one day, what is over comes before what begins, or after it: all of it is there.
    let mut lines = story.bill("2027-05-01");
    lines.sort_unstable();
    assert_eq!(lines, [minor("35.00"), minor("60.00")]);
}

#[test]
fn with_another_price_another_sum_begins() {
    let dearer = copy(used_at(PriceModel::PerUnit(Rate::each(400))), 2);
    let same = copy(tiered(), 3);
    let story = Story::of_plan(tiered(), "2027-01-01")
        .then("2027-01-10", switch(same, NewAnchor::Keep))
        .then("2027-01-20", switch(dearer, NewAnchor::Keep))
        .used(&[used("2027-01-01", 12), used("2027-01-10", 3), used("2027-01-20", 10)]);
    let lines = story.lines("2027-02-01");
    let told: Vec<_> = lines.iter().map(|it| (it.amount, it.period)).collect();
    assert_eq!(
        told,
        [
            (minor("35.00"), period("2027-01-01", "2027-01-20")),
            (minor("40.00"), period("2027-01-20", "2027-02-01")),
        ]
    );
    let meters = story.ask(story.end_of("2027-01-31")).unwrap().meters;
    let told: Vec<_> =
        meters.iter().map(|it| (it.quantity, it.amount, it.is_over, it.days.start())).collect();
    assert_eq!(
        told,
        [
            (15, minor("35.00"), false, day("2027-01-01")),
            (10, minor("40.00"), false, day("2027-01-20")),
        ]
    );
}

#[test]
fn what_begins_a_new_term_charges_what_was_used_in_the_old() {
    let yearly = Step {
        periods: None,
        interval: Interval::YEARLY,
        components: vec![component(USED, Price::each(100), Timing::Usage)],
    };
    let yearly = plan_of(vec![yearly], BillingAlignment::Anniversary, ProrationPolicy::default());
    let story = Story::of_plan(tiered(), "2027-01-01")
        .then("2027-01-20", switch(copy(yearly, 2), NewAnchor::Restart))
        .used(&[used("2027-01-01", 4), used("2027-01-20", 9)]);
    assert_eq!(story.amounts("2027-01-20"), [minor("8.00")]);
    assert_eq!(story.amounts("2028-01-20"), [minor("8.00"), minor("9.00")]);
}

#[test]
fn a_cancellation_charges_what_was_used_and_what_is_reported_later() {
    for (cancellation_day, due_on) in
        [(CancellationDay::Credited, "2027-01-20"), (CancellationDay::Consumed, "2027-01-21")]
    {
        let policy = ProrationPolicy { cancellation_day, ..ProrationPolicy::default() };
        let mut story = Story::of_plan(with_policy(tiered(), policy), "2027-01-01")
            .used(&[used("2027-01-01", 4)])
            .then("2027-01-20", ChangeKind::Cancel { paid: false });
        let [line] = story.lines("2027-01-20").try_into().unwrap();
        assert_eq!((line.amount, line.due_on), (minor("8.00"), day(due_on)));
        story.bill("2027-01-20");
        assert_eq!(story.ask(story.end_of("2027-01-20")).unwrap().next_on, None);
        story = story.used(&[late("2027-01-01", 1, "2027-03-05")]);
        let charges = story.ask(story.end_of("2027-03-05")).unwrap();
        assert_eq!((charges.lines.len(), charges.usage_on), (0, Some(day("2027-03-06"))));
        assert_eq!(story.bill("2027-03-06"), [minor("2.00")]);
        assert_eq!(story.ask(story.end_of("2027-03-06")).unwrap().next_on, None);
    }
}

#[test]
fn what_was_credited_by_hand_is_not_taken_back_again() {
    let mut story = Story::of_plan(tiered(), "2027-01-01").used(&[used("2027-01-01", 5)]);
    story.bill("2027-02-01");
    story.billed[0].credited = minor("7.00");
    story = story.used(&[late("2027-01-01", -5, "2027-02-02")]);
    assert_eq!(story.bill("2027-02-03"), [minor("-3.00")]);
}

proptest! {
    /// However reports come, early or late, and however often billing looks: what was charged is what the sum is worth.
    #[test]
    fn all_that_was_used_is_charged_once(
        reports in prop::collection::vec((1..40_i64, 0..3_u32, 0..60_u64), 1..12),
        looks in prop::collection::btree_set(0..120_u64, 0..10),
    ) {
        let mut story = Story::of_plan(tiered(), "2027-01-01");
        let first = day("2027-01-01");
        let mut sums = [0_i64; 3];
        for (quantity, month, later) in reports {
            let start = story.anchor.period(month.into()).unwrap();
            let on = start.start() + chrono::Days::new(later);
            let late_on = (on >= start.end()).then_some(on);
            story.usage.push(Usage {
                component: Uuid::from_u128(USED), day: start.start(), late_on, quantity,
            });
            sums[usize::try_from(month).unwrap()] += quantity;
        }
        for look in looks {
            story.bill(&(first + chrono::Days::new(look)).to_string());
        }
        story.bill("2027-07-01");
        let price = Price::from(PriceModel::Tiered(tiers()));
        let worth = sums.map(|sum| price.of(sum).unwrap().rounded(HalfUp).unwrap());
        let billed: i64 = story.billed.iter().map(|billed| billed.line.amount).sum();
        prop_assert_eq!(billed, worth.iter().sum::<i64>());
        prop_assert!(story.bill("2027-07-01").is_empty());
    }
}
