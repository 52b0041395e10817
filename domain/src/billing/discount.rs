//! Discounts: off the price before tax, never below zero, and a share of them where there is only a share of the price.

use entity::RoundingMode;
use uuid::Uuid;

use super::{BillingError, Exact, allocate};
use crate::money;

const WHOLE_IN_BASIS_POINTS: i64 = 10_000;

/// What a discount takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscountKind {
    /// Hundredths of a percent, of up to 10 000.
    Percent(i64),
    /// An amount off the whole period, of all components together.
    Amount(i64),
}

/// For how long a discount holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscountDuration {
    /// For one period.
    Once,
    /// For so many periods. Periods are counted, not months from a date, which would lose one at the ends of months.
    Periods(u32),
    /// As long as the subscription runs.
    Forever,
}

/// A discount on a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// What it takes off.
    pub kind: DiscountKind,
    /// For how long.
    pub duration: DiscountDuration,
    /// The number of the period in which it begins; the subscription's first has the number 1.
    pub first_period: u32,
    /// The plans off which it takes something; none: any. Its periods are counted under others as well.
    pub plans: Option<Vec<Uuid>>,
}

impl Discount {
    /// Whether it takes something off a plan in a period.
    pub fn holds_in(&self, plan: Uuid, period: u32) -> bool {
        let of_plan = self.plans.as_ref().is_none_or(|plans| plans.contains(&plan));
        of_plan
            && period.checked_sub(self.first_period).is_some_and(|past| match self.duration {
                DiscountDuration::Once => past < 1,
                DiscountDuration::Periods(periods) => past < periods,
                DiscountDuration::Forever => true,
            })
    }
}

/// The prices of the components of a plan for one period, less all discounts that hold in it: percentages first, in their order, each
/// of what the one before has left; then amounts, in proportion to what is left of the components in whole minor units.
/// Nothing is below zero; what an amount could not take off is lost.
pub fn reduced(
    prices: &[Exact],
    discounts: &[Discount],
    plan: Uuid,
    period: u32,
) -> Result<Vec<Exact>, BillingError> {
    let mut prices = prices.to_vec();
    let held: Vec<_> =
        discounts.iter().filter(|discount| discount.holds_in(plan, period)).collect();
    for discount in &held {
        if let DiscountKind::Percent(basis_points) = discount.kind {
            if !(0..=WHOLE_IN_BASIS_POINTS).contains(&basis_points) {
                return Err(BillingError::Negative);
            }
            for price in &mut prices {
                let stays = WHOLE_IN_BASIS_POINTS - basis_points;
                *price = price.times(stays, WHOLE_IN_BASIS_POINTS)?;
            }
        }
    }
    for discount in held {
        if let (DiscountKind::Amount(amount), false) = (discount.kind, prices.is_empty()) {
            let wholes = prices.iter().map(|price| price.rounded(RoundingMode::HalfUp));
            let parts = over_lines(amount, &wholes.collect::<Result<Vec<_>, _>>()?)?;
            for (price, part) in prices.iter_mut().zip(parts) {
                *price = price.minus(part.into())?.at_least(Exact::ZERO)?;
            }
        }
    }
    Ok(prices)
}

/// Splits a discount over the lines of a document, in proportion and by largest remainder. No line goes below zero: of what
/// is more than all lines together, nothing is split, and lines that are below zero already take no part.
pub fn over_lines(discount: i64, lines: &[i64]) -> Result<Vec<i64>, BillingError> {
    if discount < 0 {
        return Err(BillingError::Negative);
    }
    let weights: Vec<i64> = lines.iter().map(|line| (*line).max(0)).collect();
    let most = money::sum(weights.iter().copied())?;
    allocate(discount.min(most), &weights)
}
