//! Leaving early, and how few units there may be.

use domain::billing::{
    ChargeType, Commitment, CommitmentTerms, Discount, DiscountDuration, DiscountKind, NewAnchor,
    SurchargePolicy, settle_credit, true_up, value_from,
};

use super::*;

fn commitment(surcharge: SurchargePolicy) -> Commitment {
    Commitment {
        term: period("2026-01-01", "2027-01-01"),
        value: minor("1200.00"),
        quantity: 10,
        surcharge,
        renews: false,
    }
}

#[test]
fn the_value_of_a_term_is_that_of_its_periods() {
    let anchor = Anchor::on(day("2018-01-31"), Interval::MONTHLY);
    let term = period("2018-01-31", "2019-01-31");
    assert_eq!(term.days(), 365, "V170");
    let value = |from| value_from(day(from), term, anchor, minor("895.00"));
    assert_eq!(value("2018-01-31"), Ok(minor("10740.00")), "V170");
    assert_eq!(value("2018-02-28"), Ok(minor("9845.00")), "V170");
    assert_eq!(value("2018-02-01"), Ok(minor("9845.00")), "V170");
    assert_eq!(value("2019-01-31"), Ok(0), "V170");
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
    assert_eq!(commitment(SurchargePolicy::None).term.rest_from(on).days(), 230, "V172");
    let end = day("2027-01-01");
    for (id, policy, billed_until, surcharge) in [
        ("V172", SurchargePolicy::Remainder(10_000), on, "756.16"),
        ("V172", SurchargePolicy::Remainder(5_000), on, "378.08"),
        ("none", SurchargePolicy::None, on, "0.00"),
        ("fixed", SurchargePolicy::Fixed(minor("99.00")), on, "99.00"),
        ("continue", SurchargePolicy::Continue, end, "0.00"),
    ] {
        let exit = commitment(policy).exit(on, HalfUp).unwrap();
        assert_eq!((exit.billed_until, exit.surcharge), (billed_until, minor(surcharge)), "{id}");
        let after = commitment(policy).exit(end, HalfUp).unwrap();
        assert_eq!((after.billed_until, after.surcharge), (end, 0), "{id}");
    }
}

fn committed(surcharge: SurchargePolicy) -> Story {
    let mut story = Story::of("10.00", "2026-01-01", Interval::MONTHLY).units(10);
    story.plan.commitment =
        Some(CommitmentTerms { months: 12, quantity: None, surcharge, renews: false });
    story
}

#[test]
fn an_exit_is_a_line_of_its_own() {
    let cancel = ChangeKind::Cancel { paid: true };
    let story = committed(SurchargePolicy::Remainder(5_000)).then("2026-05-16", cancel.clone());
    let lines = story.lines("2026-05-16");
    let exit = lines.last().unwrap();
    assert_eq!((exit.key.kind, exit.amount), (ChargeType::ExitFee, minor("378.08")), "V172");
    assert_eq!(lines[lines.len() - 2].amount, minor("-51.61"), "V172");

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
    let bound = |story: &Story, date: &str| {
        let commitment = story.ask(story.end_of(date)).unwrap().commitment.unwrap();
        (commitment.term, commitment.quantity, commitment.value)
    };
    let first = (period("2026-01-01", "2026-04-01"), 10, minor("300.00"));
    assert_eq!(bound(&story, "2026-03-31"), first);
    let story = story.then("2026-02-01", ChangeKind::Quantity(12));
    assert_eq!(bound(&story, "2026-03-31"), first);
    // As many as there are when it begins.
    let second = (period("2026-04-01", "2026-07-01"), 12, minor("360.00"));
    assert_eq!(bound(&story, "2026-04-01"), second);
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

/// A discount makes what remains cheaper, and so does it what leaving costs.
#[test]
fn the_value_of_a_term_is_less_by_its_discounts() {
    let mut story = committed(SurchargePolicy::Remainder(10_000));
    story.discounts = vec![Discount {
        kind: DiscountKind::Percent(5_000),
        duration: DiscountDuration::Periods(6),
        first_period: 1,
        plans: None,
    }];
    let commitment = story.ask(story.end_of("2026-02-10")).unwrap().commitment.unwrap();
    assert_eq!(commitment.value, minor("900.00"));
}

#[test]
fn after_a_trial_of_days_periods_begin_where_it_ended() {
    let step = |periods, interval, price: &str| Step {
        periods,
        interval,
        components: vec![component(1, Price::each(minor(price)), Timing::InAdvance)],
    };
    for (id, first_day, length, price, paid, next) in [
        ("V176", "2026-02-20", 14, "30.00", "2026-03-06", "2026-04-06"),
        ("V187", "2024-04-28", 7, "10.00", "2024-05-05", "2024-06-05"),
    ] {
        let trial = Interval::days(length).unwrap();
        let steps = vec![step(Some(1), trial, "0.00"), step(None, Interval::MONTHLY, price)];
        let plan = plan_of(steps, BillingAlignment::Anniversary, ProrationPolicy::default());
        let lines = Story::of_plan(plan, first_day).lines(paid);
        let charged: Vec<_> = lines.iter().map(|line| (line.period, line.amount)).collect();
        assert_eq!(charged, [(period(paid, next), minor(price))], "{id}");
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    assert_eq!(settle_credit(i64::MIN, 0, 0), Err(BillingError::TooLarge));
    let huge = commitment(SurchargePolicy::Remainder(i64::MAX));
    assert_eq!(huge.exit(day("2026-05-16"), HalfUp), Err(BillingError::TooLarge));
}
