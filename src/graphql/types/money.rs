//! Amounts.

use std::iter;

use anyhow::anyhow;
use domain::{
    billing::{self, DocumentTotals, TaxRate, TaxedLine},
    money,
};
use entity::{RoundingMode, plan_instance::LineComponents};

use super::enums::TaxCategory;
use crate::graphql::{
    read::{
        cells::Given,
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

/// The tax on all lines that are taxed alike.
#[derive(Clone, Debug)]
pub struct TaxAmount {
    rate: TaxRate,
    net: Money,
    tax: Money,
}

shape! {
    /// The tax on all lines that are taxed alike.
    TaxAmount;

    /// Why they are taxed as they are.
    category: TaxCategory = |it| Shown::Word(it.rate.category.as_str());
    /// The rate in hundredths of a percent: 2500 is 25 %.
    basis_points: i32 = |it| it.rate.basis_points.into();
    /// What is taxed, without the tax.
    net: Money, of Money = |it| Shown::object(it.net.clone());
    /// The tax. Rounded once for the category and rate.
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
    /// The tax for each category and rate, lowest rate first.
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

/// What lines come to in a currency, with a rounding: rows with the amount, the category and the tax rate of each, and its
/// components, where these are taxed each in its own way. Their net, tax and gross were added up when they were written.
pub(super) fn totals(
    currency: Cell,
    rounding_mode: Cell,
    tax_inclusive: Cell,
    lines: Need,
    sums: &[Cell; 3],
) -> Shows {
    let needs = vec![currency.into(), rounding_mode.into(), tax_inclusive.into(), lines];
    let totals = Made::new::<Totals>(needs, |given| {
        let mut taxed = Vec::new();
        for line in given.rows(3)? {
            match line.json(3)? {
                None => {
                    let rate = TaxRate { category: line.word(1)?, basis_points: line.int(2)? };
                    taxed.push((line.long(0)?, rate));
                }
                Some(LineComponents(components)) => taxed.extend(components.iter().map(|it| {
                    let (category, basis_points) = (it.tax_category, it.tax_basis_points);
                    (it.amount, TaxRate { category, basis_points })
                })),
            }
        }
        added_up(given, taxed)
    });
    let totals = totals.with::<Totals>();
    let needs = iter::once(currency).chain(sums.iter().copied()).map(Need::from).collect();
    Shows::Made(totals.shortcut(&["net", "tax", "gross"], needs, |given| {
        let currency = given.some_text(0)?;
        let money = |amount| Money::new(amount, &currency);
        let (net, tax, gross) =
            (money(given.long(1)?), money(given.long(2)?), money(given.long(3)?));
        Ok(Shown::object(Totals { net, tax, gross, taxes: Vec::new() }))
    }))
}

fn added_up(given: &Given<'_, '_>, lines: Vec<(i64, TaxRate)>) -> anyhow::Result<Shown> {
    let (rounding, includes_tax) = (given.word::<RoundingMode>(1)?, given.bool(2)?);
    let taxed = lines.into_iter().map(|(amount, rate)| TaxedLine { amount, rate, includes_tax });
    let totals = billing::totals(&taxed.collect::<Vec<_>>(), rounding)
        .map_err(|error| anyhow!("stored lines cannot be added up: {error:?}"))?;
    Ok(Shown::object(Totals::of(&given.some_text(0)?, &totals)))
}

impl Money {
    pub fn new(amount: i64, currency: &str) -> Self {
        Self { amount, currency: currency.to_owned() }
    }

    fn formatted(&self) -> String {
        format!("{} {}", self.number(), self.currency)
    }

    /// The amount in whole units of the currency, with its decimals.
    pub fn number(&self) -> String {
        let decimals = money::decimals(&self.currency).unwrap_or(0);
        major_units(self.amount, decimals.into())
    }
}

impl Totals {
    pub(super) fn of(currency: &str, totals: &DocumentTotals) -> Self {
        let money = |amount| Money::new(amount, currency);
        let taxes = totals.taxes.iter().map(|group| TaxAmount {
            rate: group.rate,
            net: money(group.net),
            tax: money(group.tax),
        });
        Self {
            net: money(totals.net),
            tax: money(totals.tax),
            gross: money(totals.gross),
            taxes: taxes.collect(),
        }
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
