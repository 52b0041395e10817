//! Tax of a document: once for each category and rate.

use domain::billing::{
    DocumentTotals, TaxCategory, TaxRate, TaxTotal, TaxTreatment, TaxedLine, cash_rounding,
    rate_on, tax_for, totals,
};

use super::*;

fn standard(basis_points: i32) -> TaxRate {
    TaxRate { category: TaxCategory::Standard, basis_points }
}

fn line(amount: i64, basis_points: i32) -> TaxedLine {
    TaxedLine { amount, rate: standard(basis_points), includes_tax: false }
}

fn document(lines: &[(i64, i32)], rounding: RoundingMode) -> DocumentTotals {
    let lines: Vec<_> = lines.iter().map(|(amount, rate)| line(*amount, *rate)).collect();
    totals(&lines, rounding).unwrap()
}

fn parts(document: &DocumentTotals) -> [i64; 3] {
    [document.net, document.tax, document.gross]
}

/// An exact amount, rounded to a line: a quantity, a price, and what a discount in basis points leaves of them.
fn net(quantity: i64, price: &str, discount: i64) -> i64 {
    let whole = Exact::from(minor(price)).times(quantity, 1).unwrap();
    whole.times(10_000 - discount, 10_000).unwrap().rounded(HalfUp).unwrap()
}

#[test]
fn tax_is_rounded_once_for_each_rate() {
    let (a, b, c) = (minor("0.33"), minor("3.60"), minor("696.22"));
    for (id, lines, half_even, half_up) in [
        ("V111", vec![(a, 2_500); 3], "0.99 0.25 1.24", "0.99 0.25 1.24"),
        (
            "V112",
            vec![(minor("1460.50"), 2_500), (minor("1.00"), 1_500), (minor("-25.00"), 0)],
            "1436.50 365.27 1801.77",
            "1436.50 365.28 1801.78",
        ),
        (
            "V113",
            vec![(minor("1500.00"), 2_500), (minor("2500.00"), 1_200)],
            "4000.00 675.00 4675.00",
            "4000.00 675.00 4675.00",
        ),
        ("V115", vec![(c, 2_500)], "696.22 174.06 870.28", "696.22 174.06 870.28"),
        ("V115", vec![(c, 2_500); 3], "2088.66 522.16 2610.82", "2088.66 522.17 2610.83"),
        (
            "V117",
            vec![(net(16, "348.35", 400), 2_200)],
            "5350.66 1177.15 6527.81",
            "5350.66 1177.15 6527.81",
        ),
        ("V118", vec![(b, 550); 10], "36.00 1.98 37.98", "36.00 1.98 37.98"),
        (
            "V119",
            vec![(net(50, "241.67", 0), 2_000)],
            "12083.50 2416.70 14500.20",
            "12083.50 2416.70 14500.20",
        ),
        (
            "V120",
            vec![(minor("3.46"), 1_300), (minor("0.06"), 2_400)],
            "3.52 0.46 3.98",
            "3.52 0.46 3.98",
        ),
        (
            "V121",
            vec![(net(37, "12.37", 750), 2_100)],
            "423.36 88.91 512.27",
            "423.36 88.91 512.27",
        ),
        (
            "V123",
            vec![(minor("161.28"), 1_900), (minor("27.75"), 700)],
            "189.03 32.58 221.61",
            "189.03 32.58 221.61",
        ),
        ("V126", vec![(net(3, "24.17", 0), 2_000)], "72.51 14.50 87.01", "72.51 14.50 87.01"),
        (
            "V134",
            vec![(share("29.99", 6, 7, HalfUp), 2_333)],
            "25.71 6.00 31.71",
            "25.71 6.00 31.71",
        ),
        ("V134", vec![(minor("29.99"), 2_333)], "29.99 7.00 36.99", "29.99 7.00 36.99"),
        ("V189", vec![(minor("6.71"), 1_900)], "6.71 1.27 7.98", "6.71 1.27 7.98"),
    ] {
        for (rounding, expected) in [(HalfEven, half_even), (HalfUp, half_up)] {
            assert_eq!(parts(&document(&lines, rounding))[..], amounts(expected), "{id}");
        }
    }
    for (rounding, expected) in [(HalfEven, "801.77"), (HalfUp, "801.78")] {
        let lines = [(minor("1460.50"), 2_500), (minor("1.00"), 1_500), (minor("-25.00"), 0)];
        let payable = document(&lines, rounding).gross - minor("1000.00");
        assert_eq!(payable, minor(expected), "V112");
    }
}

#[test]
fn a_net_that_was_rounded_is_what_is_taxed() {
    for (rounding, net, gross) in [(HalfEven, "6733.94", "8013.39"), (HalfUp, "6733.95", "8013.40")]
    {
        let quarter = share("26935.78", 1, 4, rounding);
        let expected = amounts(&format!("{net} 1279.45 {gross}"));
        assert_eq!(parts(&document(&[(quarter, 1_900)], rounding))[..], expected, "V188");
    }
}

#[test]
fn categories_are_groups_of_their_own() {
    let lines = [
        line(minor("4900.00"), 2_500),
        TaxedLine {
            rate: TaxRate { category: TaxCategory::Exempt, basis_points: 0 },
            ..line(minor("1000.00"), 0)
        },
        line(minor("10.00"), 0),
    ];
    let document = totals(&lines[..2], HalfUp).unwrap();
    assert_eq!(parts(&document)[..], amounts("5900.00 1225.00 7125.00"), "V114");
    assert_eq!(document.gross - minor("1000.00"), minor("6125.00"), "V114");
    let groups: Vec<_> = totals(&lines, HalfUp).unwrap().taxes;
    let total = |rate, net, tax| TaxTotal { rate, net: minor(net), tax: minor(tax) };
    assert_eq!(
        groups,
        [
            total(standard(0), "10.00", "0.00"),
            total(standard(2_500), "4900.00", "1225.00"),
            total(lines[1].rate, "1000.00", "0.00"),
        ],
        "V114"
    );
}

#[test]
fn of_prices_with_tax_it_is_taken_out_once() {
    for (id, grosses, rate, expected) in [
        ("V122", "2.99", 400, "2.87 0.12 2.99"),
        ("V124", "328.79 3.99", 2_100, "275.02 57.76 332.78"),
    ] {
        for rounding in BOTH {
            let line = |amount| TaxedLine { includes_tax: true, ..line(amount, rate) };
            let lines: Vec<_> = amounts(grosses).into_iter().map(line).collect();
            assert_eq!(parts(&totals(&lines, rounding).unwrap())[..], amounts(expected), "{id}");
        }
    }
}

#[test]
fn prices_with_and_without_tax_are_not_mixed() {
    let with = |amount| TaxedLine { includes_tax: true, ..line(minor(amount), 2_100) };
    let lines = [with("45.00"), with("49.00"), line(minor("4.96"), 2_100)];
    assert_eq!(totals(&lines, HalfUp), Err(BillingError::MixedTaxInclusion), "V125");
}

#[test]
fn both_modes_treat_both_sides_of_zero_alike() {
    for (tenths, half_even, half_up) in
        [(365_125, 36_512, 36_513), (125, 12, 13), (135, 14, 14), (124, 12, 12), (126, 13, 13)]
    {
        for (rounding, expected) in [(HalfEven, half_even), (HalfUp, half_up)] {
            let rounded = |tenths| Share::new(1, 10).unwrap().of(tenths, rounding);
            assert_eq!(rounded(tenths), Ok(expected), "V128");
            assert_eq!(rounded(-tenths), Ok(-expected), "V128");
        }
    }
}

#[test]
fn coins_round_what_is_paid_and_nothing_else() {
    for (payable, step, expected) in [
        ("100.03", 5, "0.02"),
        ("100.02", 5, "-0.02"),
        ("-100.03", 5, "-0.02"),
        ("100.05", 5, "0.00"),
        ("100.50", 100, "0.50"),
    ] {
        let rounding = cash_rounding(minor(payable), step, HalfUp);
        assert_eq!(rounding, Ok(minor(expected)), "V129 {payable}");
    }
    assert_eq!(cash_rounding(1, 0, HalfUp), Err(BillingError::NotAPrice));
}

#[test]
fn nothing_is_rounded_down_for_itself() {
    for rounding in BOTH {
        assert_eq!(share("20398", 1, 100, rounding), minor("2.04"), "V130");
    }
}

#[test]
fn the_rate_is_that_of_the_day() {
    let rates = [(day("2025-01-01"), standard(1_900)), (day("2026-01-01"), standard(2_000))];
    for (on, expected) in [
        ("2024-12-31", None),
        ("2025-12-31", Some(standard(1_900))),
        ("2026-01-01", Some(standard(2_000))),
    ] {
        assert_eq!(rate_on(&rates, day(on)), expected, "{on}");
    }
    let below_zero = totals(&[line(1, -1)], HalfUp);
    assert_eq!(below_zero, Err(BillingError::Negative));
}

#[test]
fn the_rate_is_that_of_the_day_and_the_customer_is_stronger_than_the_price() {
    let own = standard(700);
    let code = [(day("2026-01-01"), standard(2_500)), (day("2027-01-01"), standard(2_600))];
    let on = |code, date| tax_for(own, code, TaxTreatment::Standard, day(date));
    assert_eq!(on(None, "2026-06-01"), Some(own));
    assert_eq!(on(Some(&code[..]), "2025-12-31"), None);
    assert_eq!(on(Some(&code[..]), "2026-12-31"), Some(standard(2_500)));
    assert_eq!(on(Some(&code[..]), "2027-01-01"), Some(standard(2_600)));
    for (treatment, category) in [
        (TaxTreatment::ReverseCharge, TaxCategory::ReverseCharge),
        (TaxTreatment::IntraCommunity, TaxCategory::IntraCommunity),
        (TaxTreatment::Export, TaxCategory::Export),
        (TaxTreatment::Exempt, TaxCategory::Exempt),
        (TaxTreatment::OutOfScope, TaxCategory::OutOfScope),
    ] {
        for code in [None, Some(&code[..])] {
            let untaxed = tax_for(own, code, treatment, day("2025-06-01"));
            assert_eq!(untaxed, Some(TaxRate { category, basis_points: 0 }));
        }
    }
}
