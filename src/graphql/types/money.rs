//! Amounts.

use async_graphql::{Object, SimpleObject};

use crate::{
    domain::{
        money,
        pricing::{Taxed, totals},
    },
    graphql::{error::Result, scalars::MinorUnits},
};

/// An amount in a currency.
#[derive(Clone, Debug)]
pub struct Money {
    amount: i64,
    currency: String,
}

impl Money {
    pub fn new(amount: i64, currency: &str) -> Self {
        Self { amount, currency: currency.to_owned() }
    }
}

/// An amount of money.
#[Object]
impl Money {
    /// The amount in the minor unit of the currency.
    async fn minor_units(&self) -> MinorUnits {
        MinorUnits(self.amount)
    }

    /// The currency, as ISO 4217 spells it, such as `EUR`.
    async fn currency(&self) -> &str {
        &self.currency
    }

    /// The amount as people read it, such as `12.50 EUR`.
    async fn formatted(&self) -> String {
        let decimals = money::decimals(&self.currency).unwrap_or(0);
        format!("{} {}", major_units(self.amount, decimals.into()), self.currency)
    }
}

fn major_units(amount: i64, decimals: usize) -> String {
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let sign = if amount < 0 { "-" } else { "" };
    let point = if decimals > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{rest}")
}

/// The tax on all lines that are taxed at the same rate.
#[derive(Clone, Debug, SimpleObject)]
pub struct TaxAmount {
    /// The rate in hundredths of a percent: 2500 is 25 %.
    pub basis_points: i32,
    /// What is taxed.
    pub net: Money,
    /// The tax. Rounded once for the rate, half to even.
    pub tax: Money,
}

/// What the lines of an order or invoice come to.
#[derive(Clone, Debug, SimpleObject)]
pub struct Totals {
    /// Without tax.
    pub net: Money,
    /// All taxes together.
    pub tax: Money,
    /// With tax.
    pub gross: Money,
    /// The tax for each rate, lowest rate first.
    pub taxes: Vec<TaxAmount>,
}

impl Totals {
    /// Adds lines up.
    pub fn of(currency: &str, lines: impl IntoIterator<Item = Taxed>) -> Result<Self> {
        let totals = totals(lines)
            .map_err(|error| anyhow::anyhow!("stored lines cannot be added up: {error:?}"))?;
        let money = |amount| Money::new(amount, currency);
        Ok(Self {
            net: money(totals.net_amount),
            tax: money(totals.tax_amount),
            gross: money(totals.gross_amount),
            taxes: totals
                .taxes
                .iter()
                .map(|group| TaxAmount {
                    basis_points: group.tax_basis_points,
                    net: money(group.net_amount),
                    tax: money(group.tax_amount),
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::major_units;

    #[test]
    fn an_amount_is_told_with_the_decimals_of_its_currency() {
        assert_eq!(major_units(1250, 2), "12.50");
        assert_eq!(major_units(-5, 2), "-0.05");
        assert_eq!(major_units(1250, 0), "1250");
        assert_eq!(major_units(0, 3), "0.000");
        assert_eq!(major_units(i64::MIN, 2), "-92233720368547758.08");
    }
}
