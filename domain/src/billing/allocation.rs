//! Splitting one amount over parts, so that the parts add up to it exactly: the override of a plan's price over its
//! components, a discount on a document over its lines.

use std::cmp::Reverse;

use super::BillingError;

/// Splits an amount in proportion to weights, by largest remainder: each part gets its whole minor units, and what is left
/// over goes in single units to the parts that were cut most, of equal ones to the earlier. Where all weights are zero, the
/// parts are equal.
///
/// The parts are in the order of the weights, add up to `total`, and none has the other sign.
/// [`BillingError::Negative`] if a weight is below zero; [`BillingError::NothingToSplit`] if there are no parts.
pub fn allocate(total: i64, weights: &[i64]) -> Result<Vec<i64>, BillingError> {
    if weights.is_empty() {
        return Err(BillingError::NothingToSplit);
    }
    if weights.iter().any(|weight| *weight < 0) {
        return Err(BillingError::Negative);
    }
    let sum: i128 = weights.iter().copied().map(i128::from).sum();
    let equal = vec![1; weights.len()];
    let (weights, sum) = if sum == 0 {
        (&equal[..], i128::try_from(equal.len()).map_err(|_| BillingError::TooLarge)?)
    } else {
        (weights, sum)
    };
    let amount = i128::from(total).abs();
    let exact = |weight: &i64| amount * i128::from(*weight);
    let mut parts: Vec<i128> = weights.iter().map(|weight| exact(weight) / sum).collect();
    let left_over = amount - parts.iter().sum::<i128>();
    let mut cut_most: Vec<usize> = (0..weights.len()).collect();
    cut_most.sort_by_key(|part| Reverse(exact(&weights[*part]) % sum));
    // Fewer units are left over than there are parts that were cut.
    let left_over = usize::try_from(left_over).map_err(|_| BillingError::TooLarge)?;
    for part in cut_most.into_iter().take(left_over) {
        parts[part] += 1;
    }
    let sign = i128::from(total.signum());
    parts
        .into_iter()
        .map(|part| i64::try_from(sign * part).map_err(|_| BillingError::TooLarge))
        .collect()
}
