//! Amounts.

use anyhow::anyhow;
use domain::{
    money,
    pricing::{self, Taxed},
};

use crate::graphql::{
    read::{
        shape::{Shown, shape},
        table::{Cell, Made, Need, Shows},
    },
    scalars::MinorUnits,
};

/// An amount of money.
#[derive(Clone, Debug)]
pub struct Money {
    amount: i64,
    currency: String,
}

shape! {
    /// An amount of money.
    Money;

    /// The amount in the minor unit of the currency.
    minor_units: MinorUnits = |it| Shown::Digits(it.amount);
    /// The currency, as ISO 4217 spells it, such as `EUR`.
    currency: String = |it| it.currency.clone().into();
    /// The amount as people read it, such as `12.50 EUR`.
    formatted: String = |it| it.formatted().into();
}

/// The tax on all lines that are taxed at the same rate.
#[derive(Clone, Debug)]
pub struct TaxAmount {
    basis_points: i32,
    net: Money,
    tax: Money,
}

shape! {
    /// The tax on all lines that are taxed at the same rate.
    TaxAmount;

    /// The rate in hundredths of a percent: 2500 is 25 %.
    basis_points: i32 = |it| it.basis_points.into();
    /// What is taxed.
    net: Money, of Money = |it| Shown::object(it.net.clone());
    /// The tax. Rounded once for the rate, half to even.
    tax: Money, of Money = |it| Shown::object(it.tax.clone());
}

/// What the lines of an order or invoice come to.
#[derive(Clone, Debug)]
pub struct Totals {
    net: Money,
    tax: Money,
    gross: Money,
    taxes: Vec<TaxAmount>,
}

shape! {
    /// What the lines of an order or invoice come to.
    Totals;

    /// Without tax.
    net: Money, of Money = |it| Shown::object(it.net.clone());
    /// All taxes together.
    tax: Money, of Money = |it| Shown::object(it.tax.clone());
    /// With tax.
    gross: Money, of Money = |it| Shown::object(it.gross.clone());
    /// The tax for each rate, lowest rate first.
    taxes: Vec<TaxAmount>, of TaxAmount = |it| Shown::objects(it.taxes.clone());
}

/// An amount in a currency.
pub(super) fn money(amount: Cell, currency: Cell) -> Shows {
    let money = Made::new::<Money>(vec![amount.into(), currency.into()], |given| {
        let (amount, currency) = (given.long(0)?, given.some_text(1)?.into_owned());
        Ok(Shown::object(Money { amount, currency }))
    });
    Shows::Made(money.with::<Money>())
}

/// What lines come to in a currency: rows with the net amount and the tax rate of each.
pub(super) fn totals(currency: Cell, lines: Need) -> Shows {
    let totals = Made::new::<Totals>(vec![currency.into(), lines], |given| {
        let lines = given.rows(1)?;
        let taxed = lines.iter().map(|line| {
            anyhow::Ok(Taxed { net_amount: line.long(0)?, tax_basis_points: line.int(1)? })
        });
        let taxed = taxed.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Shown::object(Totals::of(&given.some_text(0)?, taxed)?))
    });
    Shows::Made(totals.with::<Totals>())
}

impl Money {
    pub(super) fn new(amount: i64, currency: &str) -> Self {
        Self { amount, currency: currency.to_owned() }
    }

    fn formatted(&self) -> String {
        let decimals = money::decimals(&self.currency).unwrap_or(0);
        format!("{} {}", major_units(self.amount, decimals.into()), self.currency)
    }
}

impl Totals {
    fn of(currency: &str, lines: Vec<Taxed>) -> anyhow::Result<Self> {
        let totals = pricing::totals(lines)
            .map_err(|error| anyhow!("stored lines cannot be added up: {error:?}"))?;
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

/// The amount in whole units of the currency, with as many decimals.
fn major_units(amount: i64, decimals: usize) -> String {
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let sign = if amount < 0 { "-" } else { "" };
    let point = if decimals > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{rest}")
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
