//! Discounts, credit notes and payments.

use domain::billing::{
    CreditSettlement, CreditableLine, CreditedGroup, Discount, DiscountDuration, DiscountKind,
    EarlierCredit, NewAnchor, PaymentSettlement, TaxCategory, TaxRate, TaxedLine, over_lines,
    settle_credit, settle_payment, totals,
};

use super::*;

fn rate(basis_points: i32) -> TaxRate {
    TaxRate { category: TaxCategory::Standard, basis_points }
}

fn discount(kind: DiscountKind, duration: DiscountDuration, first_period: u32) -> Discount {
    Discount { kind, duration, first_period, plans: None }
}

#[test]
fn a_discount_on_a_document_is_split_over_its_lines() {
    let nets = amounts("100.00 50.00 30.00 20.00");
    let parts = over_lines(minor("10.00"), &nets).unwrap();
    assert_eq!(parts, amounts("5.00 2.50 1.50 1.00"), "V131");
    let lines: Vec<_> = nets
        .iter()
        .zip(parts)
        .zip([1_000, 0, 2_000, 2_000])
        .map(|((net, part), points)| TaxedLine {
            amount: net - part,
            rate: rate(points),
            includes_tax: false,
        })
        .collect();
    let document = totals(&lines, HalfUp).unwrap();
    let taxes: Vec<_> = document.taxes.iter().map(|group| group.tax).collect();
    assert_eq!(taxes, amounts("0.00 9.50 9.50"), "V131");
    assert_eq!(document.gross, minor("209.00"), "V131");
    assert_eq!(over_lines(minor("500.00"), &nets), Ok(nets), "no line goes below zero");
}

/// Single credits of lines that are taxed alike, with the tax of each.
fn taxes(points: i32, credits: &str, rounding: RoundingMode) -> Vec<i64> {
    let mut group = CreditedGroup::new(rate(points), false);
    let mut tax = |amount| {
        let before = group.credited_tax;
        group = group.credit(amount, rounding).unwrap();
        group.credited_tax - before
    };
    amounts(credits).into_iter().map(&mut tax).collect()
}

#[test]
fn the_tax_of_credits_adds_up_to_that_of_what_was_billed() {
    for rounding in BOTH {
        let expected = amounts("145.37 8.43");
        assert_eq!(taxes(2_000, "726.86 42.14", rounding), expected, "V135");
        let expected = amounts("13.67 11.50 17.00 13.66");
        assert_eq!(taxes(2_000, "68.33 57.50 85.00 68.33", rounding), expected, "V136");
    }
    let line = CreditableLine::new(minor("769.00")).credit(minor("726.86")).unwrap();
    let refused = BillingError::CreditExceedsLine { left: minor("42.14") };
    assert_eq!(line.credit(minor("42.15")), Err(refused), "V135");
    for (rounding, expected) in [(HalfEven, "0.08 0.08 0.09"), (HalfUp, "0.08 0.09 0.08")] {
        assert_eq!(taxes(2_500, "0.33 0.33 0.33", rounding), amounts(expected), "V137");
    }
}

#[test]
fn a_line_of_which_some_was_credited_has_less_to_give() {
    let line = CreditableLine::new(minor("249.95")).credit(minor("10.00")).unwrap();
    let rest = Share::new(30, 31).unwrap();
    assert_eq!(line.share(rest, HalfUp), Ok(minor("239.95")), "V140");
    assert_eq!(share("249.95", 30, 31, HalfUp), minor("241.89"), "V140");

    let mut story = Story::of("249.95", "2012-05-01", Interval::MONTHLY);
    assert_eq!(story.bill("2012-05-01"), amounts("249.95"), "V140");
    story.billed[0].credited = minor("10.00");
    let cheaper = copy(plan("9.95", Interval::MONTHLY), 2);
    let story = story.then("2012-05-02", switch(cheaper, NewAnchor::Keep));
    assert_eq!(story.amounts("2012-05-02"), amounts("-239.95 9.63"), "V140");
}

/// Of 360.00 for a year, 286.03 were credited for its last 290 days.
#[test]
fn days_that_were_credited_are_not_credited_again() {
    let day = |text: &str| text.parse().unwrap();
    let year = Period::new(day("2026-09-15"), day("2027-09-15")).unwrap();
    let credited = minor("286.03");
    let by_days =
        EarlierCredit { amount: credited, period: Some(year.rest_from(day("2026-11-29"))) };
    let line = CreditableLine::new(minor("360.00")).credit(credited).unwrap();
    let rest = |from: &str| line.rest(year.rest_from(day(from)), year, &[by_days], HalfUp);
    let none = Err(BillingError::CreditExceedsLine { left: 0 });
    assert_eq!((rest("2027-01-01"), rest("2026-11-29")), (none, none));
    assert_eq!(rest("2026-11-28"), Ok(minor("0.98")));
    assert_eq!(rest("2026-09-15"), Ok(minor("73.97")));
    // An amount was credited for no day in particular.
    let by_amount = EarlierCredit { amount: credited, period: None };
    let rest = line.rest(year.rest_from(day("2027-01-01")), year, &[by_amount], HalfUp);
    assert_eq!(rest, Ok(minor("73.97")));
    let unit = Share::new(1, 3).unwrap();
    let refused = Err(BillingError::CreditExceedsLine { left: minor("73.97") });
    assert_eq!(line.units(unit, 1, HalfUp), refused);
}

/// Two thirds of 2.00, and then the last.
#[test]
fn the_last_unit_is_what_rounding_has_left() {
    let unit = Share::new(1, 3).unwrap();
    let mut line = CreditableLine::new(minor("2.00"));
    for (earlier, expected) in ["0.67", "0.67", "0.66"].into_iter().enumerate() {
        let amount = line.units(unit, earlier, HalfUp).unwrap();
        assert_eq!(amount, minor(expected));
        line = line.credit(amount).unwrap();
    }
}

#[test]
fn more_than_is_left_is_refused() {
    for sign in [1, -1] {
        let line = CreditableLine::new(sign * minor("100.00"));
        let line = line.credit(sign * minor("70.00")).unwrap();
        let refused = BillingError::CreditExceedsLine { left: sign * minor("30.00") };
        assert_eq!(line.credit(sign * minor("40.00")), Err(refused), "V141");
        assert_eq!(line.credit(sign * minor("-0.01")), Err(refused), "V141");
        assert_eq!(line.credit(sign * minor("30.00")).unwrap().left(), Ok(0), "V141");
    }
}

#[test]
fn a_credit_pays_what_is_open_first() {
    for (id, credit, open, written_off, off_invoice, off_write_off, to_customer) in [
        ("V142", "60.00", "100.00", "0.00", "60.00", "0.00", "0.00"),
        ("V143", "60.00", "50.00", "0.00", "50.00", "0.00", "10.00"),
        ("paid", "60.00", "0.00", "0.00", "0.00", "0.00", "60.00"),
        ("written off", "60.00", "0.00", "10.00", "0.00", "10.00", "50.00"),
        ("not given back", "60.00", "0.00", "-10.00", "0.00", "0.00", "60.00"),
    ] {
        let expected = CreditSettlement {
            off_invoice: minor(off_invoice),
            off_write_off: minor(off_write_off),
            to_customer: minor(to_customer),
        };
        let settled = settle_credit(minor(credit), minor(open), minor(written_off));
        assert_eq!(settled, Ok(expected), "{id}");
    }
}

#[test]
fn a_payment_within_the_tolerance_settles() {
    for (due, paid, tolerance, open, written_off, to_customer) in [
        ("500.00", "499.50", "1.00", "0.00", "0.50", "0.00"),
        ("500.00", "499.50", "0.00", "0.50", "0.00", "0.00"),
        ("500.00", "498.99", "1.00", "1.01", "0.00", "0.00"),
        ("500.00", "510.00", "1.00", "0.00", "0.00", "10.00"),
        ("500.00", "500.00", "0.00", "0.00", "0.00", "0.00"),
    ] {
        let expected = PaymentSettlement {
            open: minor(open),
            written_off: minor(written_off),
            to_customer: minor(to_customer),
        };
        let settled = settle_payment(minor(due), minor(paid), minor(tolerance));
        assert_eq!(settled, Ok(expected), "V146 {paid}");
    }
}

#[test]
fn a_discount_stops_at_zero() {
    assert_eq!(over_lines(minor("20.00"), &amounts("12.00")), Ok(amounts("12.00")), "V144");
    let mut story = Story::of("12.00", "2026-01-01", Interval::MONTHLY);
    story.discounts =
        vec![discount(DiscountKind::Amount(minor("20.00")), DiscountDuration::Once, 1)];
    assert_eq!(story.amounts("2026-02-01"), amounts("0.00 12.00"), "V144");
}

/// What is free by a discount has a price, and a line that says so.
#[test]
fn a_discount_of_everything_is_not_the_absence_of_a_price() {
    let mut story = Story::of("30.00", "2026-01-01", Interval::MONTHLY);
    story.discounts =
        vec![discount(DiscountKind::Percent(10_000), DiscountDuration::Periods(2), 1)];
    let lines = story.lines("2026-03-01");
    let charged: Vec<_> = lines.iter().map(|line| (line.amount, line.discount)).collect();
    assert_eq!(charged, [(0, 3_000), (0, 3_000), (3_000, 0)], "V145");
}

#[test]
fn percentages_come_before_amounts_and_are_prorated_with_the_price() {
    let mut story = Story::of("100.00", "2026-04-01", Interval::MONTHLY);
    story.discounts = vec![
        discount(DiscountKind::Amount(minor("10.00")), DiscountDuration::Forever, 1),
        discount(DiscountKind::Percent(1_000), DiscountDuration::Forever, 1),
        discount(DiscountKind::Percent(5_000), DiscountDuration::Once, 2),
    ];
    let story = story.then("2026-05-17", ChangeKind::Cancel { paid: true });
    assert_eq!(story.amounts("2026-05-17"), amounts("80.00 35.00 -16.94"));
}
