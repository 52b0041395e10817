//! Amounts, and what lines come to.

use std::collections::BTreeMap;

use entity::{RoundingMode, TaxCategory};

#[derive(Clone, Copy)]
pub(super) struct Money<'a> {
    pub(super) amount: i64,
    pub(super) currency: &'a str,
}

impl Money<'_> {
    /// As people read it, with the decimals of the currency.
    pub(super) fn formatted(self) -> String {
        let Self { amount, currency } = self;
        let sign = if amount < 0 { "-" } else { "" };
        let amount = amount.unsigned_abs();
        match currency {
            "JPY" | "ISK" => format!("{sign}{amount} {currency}"),
            "BHD" | "KWD" => {
                format!("{sign}{}.{:03} {currency}", amount / 1_000, amount % 1_000)
            }
            _ => format!("{sign}{}.{:02} {currency}", amount / 100, amount % 100),
        }
    }
}

/// What lines come to, each of them a category, a tax rate in hundredths of a percent and an amount.
#[derive(Clone)]
pub(super) struct Totals<'a> {
    pub(super) currency: &'a str,
    pub(super) rounding: RoundingMode,
    /// Whether the amounts have the tax in them.
    pub(super) includes_tax: bool,
    pub(super) lines: Vec<(TaxCategory, i32, i64)>,
}

/// What all lines with one category and tax rate come to.
#[derive(Clone, Copy)]
pub(super) struct Tax<'a> {
    pub(super) currency: &'a str,
    pub(super) category: TaxCategory,
    pub(super) basis_points: i32,
    pub(super) net: i64,
    pub(super) due: i64,
}

impl<'a> Totals<'a> {
    pub(super) fn net(&self) -> i64 {
        self.taxes().iter().map(|tax| tax.net).sum()
    }

    pub(super) fn tax(&self) -> i64 {
        self.taxes().iter().map(|tax| tax.due).sum()
    }

    /// By category and rate, the lowest first.
    pub(super) fn taxes(&self) -> Vec<Tax<'a>> {
        let mut amounts = BTreeMap::<(TaxCategory, i32), i64>::new();
        for (category, basis_points, amount) in &self.lines {
            *amounts.entry((*category, *basis_points)).or_default() += amount;
        }
        let tax = |((category, basis_points), amount)| {
            let due = self.tax_of(amount, basis_points);
            let net = if self.includes_tax { amount - due } else { amount };
            Tax { currency: self.currency, category, basis_points, net, due }
        };
        amounts.into_iter().map(tax).collect()
    }

    /// Rounded to the next whole unit, and from the middle away from zero or to the even one.
    fn tax_of(&self, amount: i64, basis_points: i32) -> i64 {
        let of = 10_000 + if self.includes_tax { i128::from(basis_points) } else { 0 };
        let exact = i128::from(amount) * i128::from(basis_points);
        let (whole, rest) = (exact.abs() / of, exact.abs() % of);
        let up = match self.rounding {
            RoundingMode::HalfUp => 2 * rest >= of,
            RoundingMode::HalfEven => 2 * rest > of || (2 * rest == of && whole % 2 == 1),
        };
        i64::try_from(exact.signum() * (whole + i128::from(up))).unwrap()
    }
}
