//! Amounts, and what lines come to.

use std::collections::BTreeMap;

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
            "JPY" => format!("{sign}{amount} JPY"),
            "BHD" => format!("{sign}{}.{:03} BHD", amount / 1_000, amount % 1_000),
            _ => format!("{sign}{}.{:02} {currency}", amount / 100, amount % 100),
        }
    }
}

/// What lines come to, each of them a tax rate in hundredths of a percent and a net amount.
#[derive(Clone)]
pub(super) struct Totals<'a> {
    pub(super) currency: &'a str,
    pub(super) lines: Vec<(i32, i64)>,
}

/// What all lines with one tax rate come to.
#[derive(Clone, Copy)]
pub(super) struct Tax<'a> {
    pub(super) currency: &'a str,
    pub(super) basis_points: i32,
    pub(super) net: i64,
}

impl<'a> Totals<'a> {
    pub(super) fn net(&self) -> i64 {
        self.lines.iter().map(|(_, net)| net).sum()
    }

    pub(super) fn tax(&self) -> i64 {
        self.taxes().iter().map(Tax::tax).sum()
    }

    /// By rate, the lowest first.
    pub(super) fn taxes(&self) -> Vec<Tax<'a>> {
        let mut nets = BTreeMap::<i32, i64>::new();
        for (basis_points, net) in &self.lines {
            *nets.entry(*basis_points).or_default() += net;
        }
        let tax = |(basis_points, net)| Tax { currency: self.currency, basis_points, net };
        nets.into_iter().map(tax).collect()
    }
}

impl Tax<'_> {
    /// Rounded to the next whole unit, and from the middle to the even one.
    pub(super) fn tax(&self) -> i64 {
        let exact = i128::from(self.net) * i128::from(self.basis_points);
        let (whole, rest) = (exact.div_euclid(10_000), exact.rem_euclid(10_000));
        let up = rest > 5_000 || (rest == 5_000 && whole % 2 != 0);
        i64::try_from(whole + i128::from(up)).unwrap()
    }
}
