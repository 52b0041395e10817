//! Tax of a document: worked out once for each category and rate, on the sum of its lines.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{RoundingMode, TaxCategory, TaxTreatment};

use super::BillingError;
use crate::money;

const WHOLE_IN_BASIS_POINTS: i64 = 10_000;

/// How something is taxed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaxRate {
    /// The category.
    pub category: TaxCategory,
    /// Hundredths of a percent.
    pub basis_points: i32,
}

impl TaxRate {
    /// The tax on an amount, or within an amount that includes it, rounded once.
    pub fn tax_of(
        self,
        amount: i64,
        includes_tax: bool,
        rounding: RoundingMode,
    ) -> Result<i64, BillingError> {
        let rate = i64::from(self.basis_points);
        if rate < 0 {
            return Err(BillingError::Negative);
        }
        let whole = WHOLE_IN_BASIS_POINTS + if includes_tax { rate } else { 0 };
        Ok(money::portion(amount, rate, whole, rounding)?)
    }
}

/// The rate of a tax code that holds on a day, from the days since which each holds; the rate of the tax point is taken, not
/// the one from when something was sold. None before the first.
pub fn rate_on(rates: &[(NaiveDate, TaxRate)], day: NaiveDate) -> Option<TaxRate> {
    let held = rates.iter().filter(|(since, _)| *since <= day);
    held.max_by_key(|(since, _)| *since).map(|(_, rate)| *rate)
}

/// How something that is sold to a customer is taxed on a day: what its price says, or else what the price's tax code says
/// of the day; but the customer's treatment is stronger than both, and then there is no tax.
///
/// `code` has the days since which each rate of the code holds; none: the price has no code. Gives none where the code has
/// no rate on that day yet.
pub fn tax_for(
    price: TaxRate,
    code: Option<&[(NaiveDate, TaxRate)]>,
    treatment: TaxTreatment,
    day: NaiveDate,
) -> Option<TaxRate> {
    let untaxed = |category| Some(TaxRate { category, basis_points: 0 });
    match treatment {
        TaxTreatment::Standard => code.map_or(Some(price), |rates| rate_on(rates, day)),
        TaxTreatment::ReverseCharge => untaxed(TaxCategory::ReverseCharge),
        TaxTreatment::IntraCommunity => untaxed(TaxCategory::IntraCommunity),
        TaxTreatment::Export => untaxed(TaxCategory::Export),
        TaxTreatment::Exempt => untaxed(TaxCategory::Exempt),
        TaxTreatment::OutOfScope => untaxed(TaxCategory::OutOfScope),
    }
}

/// A line of a document, with its amount rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxedLine {
    /// Net, or gross where it includes tax.
    pub amount: i64,
    /// How it is taxed.
    pub rate: TaxRate,
    /// Whether the amount has the tax in it.
    pub includes_tax: bool,
}

/// The lines of one category and rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxTotal {
    /// How they are taxed.
    pub rate: TaxRate,
    /// Their sum without tax.
    pub net: i64,
    /// The tax on it.
    pub tax: i64,
}

/// What a document comes to. `gross = net + tax`, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentTotals {
    /// Without tax.
    pub net: i64,
    /// The tax of all groups.
    pub tax: i64,
    /// With tax.
    pub gross: i64,
    /// By category and rate.
    pub taxes: Vec<TaxTotal>,
}

/// Adds a document up: tax is rounded once for each category and rate. Of prices that include tax, the tax is taken out of
/// the sum, and what is left is net.
///
/// [`BillingError::MixedTaxInclusion`] if some lines include tax and others do not: such a document has no figures that its
/// reader would find again.
pub fn totals(lines: &[TaxedLine], rounding: RoundingMode) -> Result<DocumentTotals, BillingError> {
    let includes_tax = lines.first().is_some_and(|line| line.includes_tax);
    if lines.iter().any(|line| line.includes_tax != includes_tax) {
        return Err(BillingError::MixedTaxInclusion);
    }
    let mut groups: BTreeMap<TaxRate, Vec<i64>> = BTreeMap::new();
    for line in lines {
        groups.entry(line.rate).or_default().push(line.amount);
    }
    let total = |(rate, amounts): (TaxRate, Vec<i64>)| {
        let amount = money::sum(amounts)?;
        let tax = rate.tax_of(amount, includes_tax, rounding)?;
        let net = if includes_tax { money::difference(amount, tax)? } else { amount };
        Ok(TaxTotal { rate, net, tax })
    };
    let taxes = groups.into_iter().map(total).collect::<Result<Vec<_>, BillingError>>()?;
    let net = money::sum(taxes.iter().map(|group| group.net))?;
    let tax = money::sum(taxes.iter().map(|group| group.tax))?;
    Ok(DocumentTotals { net, tax, gross: money::sum([net, tax])?, taxes })
}

/// What is added to a payable amount so that it can be paid in coins of `step` minor units. It stands on a line of its own,
/// outside of what is taxed. [`BillingError::NotAPrice`] unless coins have a value.
pub fn cash_rounding(payable: i64, step: i64, rounding: RoundingMode) -> Result<i64, BillingError> {
    if step <= 0 {
        return Err(BillingError::NotAPrice);
    }
    let coins = money::portion(payable, 1, step, rounding)?;
    Ok(money::fitting(i128::from(coins) * i128::from(step) - i128::from(payable))?)
}
