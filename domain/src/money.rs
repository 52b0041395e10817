//! Amounts: whole minor units of a currency, never a fraction, never a float.

use std::cmp::Ordering;

use entity::RoundingMode;
use iso_currency::Currency;

/// The amount does not fit in 64 bits, or the currency is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    TooLarge,
    UnknownCurrency,
}

/// How many decimals the currency has; unknown currencies and those without a minor unit are refused.
pub fn decimals(currency: &str) -> Result<u16, MoneyError> {
    Currency::from_code(currency).and_then(Currency::exponent).ok_or(MoneyError::UnknownCurrency)
}

/// The sum of amounts in one currency.
pub fn sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64, MoneyError> {
    fitting(amounts.into_iter().map(i128::from).sum())
}

/// What is left of an amount when another is taken off it.
pub fn difference(amount: i64, other: i64) -> Result<i64, MoneyError> {
    fitting(i128::from(amount) - i128::from(other))
}

/// `amount × numerator ÷ denominator`, rounded half to even (IFS-40).
pub fn share(amount: i64, numerator: i64, denominator: i64) -> Result<i64, MoneyError> {
    portion(amount, numerator, denominator, RoundingMode::HalfEven)
}

/// `amount × numerator ÷ denominator`, rounded once. The denominator is above zero.
pub fn portion(
    amount: i64,
    numerator: i64,
    denominator: i64,
    rounding: RoundingMode,
) -> Result<i64, MoneyError> {
    let product = i128::from(amount) * i128::from(numerator);
    fitting(rounded(product, i128::from(denominator), rounding))
}

/// The whole number that is nearest to `numerator ÷ denominator`, which is above zero. Both modes treat `-x` as they treat
/// `x`, so what is taken back is what was charged.
pub fn rounded(numerator: i128, denominator: i128, rounding: RoundingMode) -> i128 {
    debug_assert!(denominator > 0, "shares are of something");
    let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    let tie_goes_up = match rounding {
        RoundingMode::HalfUp => numerator >= 0,
        RoundingMode::HalfEven => floor % 2 != 0,
    };
    let up = match rest.cmp(&(denominator - rest)) {
        Ordering::Less => false,
        Ordering::Equal => tie_goes_up,
        Ordering::Greater => true,
    };
    floor + i128::from(up)
}

/// The amount, if it fits and so does what is owed the other way round.
pub fn fitting(amount: i128) -> Result<i64, MoneyError> {
    i64::try_from(amount).ok().filter(|amount| *amount > i64::MIN).ok_or(MoneyError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_to_the_even_neighbor_on_both_sides_of_zero() {
        for (amount, expected) in [(25, 2), (35, 4), (-25, -2), (-35, -4), (26, 3), (-26, -3)] {
            assert_eq!(share(amount, 1, 10), Ok(expected), "{amount}");
        }
    }

    /// Examples that were published for proration (IFS-39).
    #[test]
    fn shares_of_a_period_agree_with_the_published_examples() {
        assert_eq!(share(9_000, 16, 30), Ok(4_800));
        assert_eq!(share(8_400, 9, 28), Ok(2_700));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_never_wraps() {
        assert_eq!(sum([i64::MAX, i64::MAX]), Err(MoneyError::TooLarge));
        assert_eq!(sum([i64::MIN]), Err(MoneyError::TooLarge));
        assert_eq!(share(i64::MAX, 3, 2), Err(MoneyError::TooLarge));
    }

    #[test]
    fn what_fits_is_taken_whatever_the_currency() {
        assert_eq!(sum([i64::MAX, i64::MAX, -i64::MAX]), Ok(i64::MAX));
        assert_eq!(share(-i64::MAX, 31, 31), Ok(-i64::MAX));
    }

    #[test]
    fn currencies_have_their_own_decimals() {
        assert_eq!(decimals("EUR"), Ok(2));
        assert_eq!(decimals("JPY"), Ok(0));
        assert_eq!(decimals("BHD"), Ok(3));
        assert_eq!(decimals("XAU"), Err(MoneyError::UnknownCurrency));
        assert_eq!(decimals("eur"), Err(MoneyError::UnknownCurrency));
    }
}
