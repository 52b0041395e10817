//! Amounts before they are rounded: fractions of whole numbers, so that a line is rounded once, at its end.

use std::cmp::Ordering;

use entity::RoundingMode;

use super::BillingError;
use crate::money;

/// An amount in minor units that need not be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    /// In lowest terms with the denominator, so that equal amounts are equal values.
    numerator: i128,
    denominator: i128,
}

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// `numerator ÷ denominator`. [`BillingError::NotAPeriod`] unless the denominator is above zero.
    fn new(numerator: i128, denominator: i128) -> Result<Self, BillingError> {
        if denominator <= 0 {
            return Err(BillingError::NotAPeriod);
        }
        let divisor = common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).map_err(|_| BillingError::TooLarge)?;
        Ok(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// The amount `numerator ÷ denominator` times. [`BillingError::NotAPeriod`] unless the denominator is above zero.
    pub fn times(self, numerator: i64, denominator: i64) -> Result<Self, BillingError> {
        let factor = Self::new(numerator.into(), denominator.into())?;
        // Each numerator with the other's denominator first: what cancels out need not fit.
        let one = Self::new(self.numerator, factor.denominator)?;
        let other = Self::new(factor.numerator, self.denominator)?;
        Self::new(
            product(one.numerator, other.numerator)?,
            product(one.denominator, other.denominator)?,
        )
    }

    /// The sum of two amounts.
    pub fn plus(self, other: Self) -> Result<Self, BillingError> {
        let divisor =
            common_divisor(self.denominator.unsigned_abs(), other.denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).map_err(|_| BillingError::TooLarge)?;
        let one = product(self.numerator, other.denominator / divisor)?;
        let two = product(other.numerator, self.denominator / divisor)?;
        let sum = one.checked_add(two).filter(|sum| *sum > i128::MIN);
        Self::new(
            sum.ok_or(BillingError::TooLarge)?,
            product(self.denominator, other.denominator / divisor)?,
        )
    }

    /// What is left of an amount after another is taken off it; below zero where the other is larger.
    pub fn minus(self, other: Self) -> Result<Self, BillingError> {
        self.plus(Self { numerator: -other.numerator, denominator: other.denominator })
    }

    /// The smaller of two amounts.
    pub fn at_most(self, other: Self) -> Result<Self, BillingError> {
        Ok(if self.minus(other)?.sign() == Ordering::Greater { other } else { self })
    }

    /// The larger of two amounts.
    pub fn at_least(self, other: Self) -> Result<Self, BillingError> {
        Ok(if self.minus(other)?.sign() == Ordering::Less { other } else { self })
    }

    /// How the amount compares with nothing.
    pub fn sign(self) -> Ordering {
        self.numerator.cmp(&0)
    }

    /// Whole minor units.
    pub fn rounded(self, rounding: RoundingMode) -> Result<i64, BillingError> {
        Ok(money::fitting(money::rounded(self.numerator, self.denominator, rounding))?)
    }
}

impl From<i64> for Exact {
    fn from(minor_units: i64) -> Self {
        Self { numerator: minor_units.into(), denominator: 1 }
    }
}

fn product(one: i128, other: i128) -> Result<i128, BillingError> {
    // Without the smallest number, whatever there is can be negated.
    one.checked_mul(other).filter(|product| *product > i128::MIN).ok_or(BillingError::TooLarge)
}

fn common_divisor(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one.max(1)
}
