//! Minor units of other currencies, and how large amounts may be.

use domain::money::decimals;

use super::*;

#[test]
fn currencies_have_their_own_decimals() {
    for (digits, codes) in [
        (0, "JPY KRW ISK UGX CLP VND PYG XAF XOF XPF RWF KMF DJF GNF BIF VUV"),
        (2, "EUR USD NOK HUF CZK"),
        (3, "BHD KWD OMR TND JOD IQD LYD"),
        (4, "CLF UYW"),
    ] {
        for code in codes.split_whitespace() {
            assert_eq!(decimals(code), Ok(digits), "V177 {code}");
        }
    }
}

#[test]
fn amounts_are_rounded_to_the_minor_unit() {
    for (amount, expected) in [("1000", "533"), ("10.000", "5.333"), ("10.00", "5.33")] {
        assert_eq!(share(amount, 16, 30, HalfUp), minor(expected), "V178");
    }
    for (id, amount, points, expected) in
        [("V179", "1127", 1_000, "113"), ("V180", "10.001", 1_000, "1.000")]
    {
        assert_eq!(share(amount, points, 10_000, HalfUp), minor(expected), "{id}");
    }
    assert_eq!(minor("1127") + share("1127", 1_000, 10_000, HalfUp), minor("1240"), "V179");
    for (rounding, expected) in [(HalfEven, [2, 8]), (HalfUp, [3, 8])] {
        let halves = ["5", "15"].map(|amount| share(amount, 1, 2, rounding));
        assert_eq!(halves, expected, "V182");
    }
}

#[test]
fn an_amount_is_what_it_is_in_every_currency() {
    let story = Story::of("1000", "2026-01-01", Interval::MONTHLY);
    assert_eq!(story.amounts("2026-01-01"), [1_000], "V183");
}

#[test]
fn intermediate_products_may_be_large() {
    let amount = "900000000000";
    assert_eq!(share(amount, 30, 31, HalfUp), 870_967_741_935, "V184");
    assert_eq!(share(amount, 31_622_399, 31_622_400, HalfUp), 899_999_971_539, "V184 by seconds");
}

#[test]
fn what_does_not_fit_is_an_error() {
    let large = Share::new(3, 2).unwrap();
    assert_eq!(large.of(i64::MAX, HalfUp), Err(BillingError::TooLarge));
    assert_eq!(Share::new(1, 1).unwrap().of(i64::MIN, HalfUp), Err(BillingError::TooLarge));
    assert_eq!(Share::new(1, 0), Err(BillingError::NotAPeriod));
    let price = Price::each(i64::MAX).of(i64::MAX).unwrap();
    assert_eq!(price.rounded(HalfUp), Err(BillingError::TooLarge));
    assert_eq!(price.times(i64::MAX, 1), Err(BillingError::TooLarge));
    let mut story = Story::of("9000000000000000000", "2026-01-01", Interval::MONTHLY);
    story.quantity = 2;
    assert_eq!(story.ask(story.end_of("2026-01-01")), Err(BillingError::TooLarge));
    story.quantity = -1;
    assert_eq!(story.ask(story.end_of("2026-01-01")), Err(BillingError::Negative));
}
