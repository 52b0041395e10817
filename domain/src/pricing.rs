//! What an order or an invoice comes to.

use entity::RoundingMode;

use super::billing::{self, BillingError, TaxCategory, TaxRate, TaxTotal, TaxedLine};

/// The net amount of one line and the rate at which it is taxed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taxed {
    pub net_amount: i64,
    pub tax_basis_points: i32,
}

/// The lines of one tax rate together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxGroup {
    pub tax_basis_points: i32,
    pub net_amount: i64,
    pub tax_amount: i64,
}

/// Net, tax per rate, and gross, in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    pub net_amount: i64,
    pub tax_amount: i64,
    pub gross_amount: i64,
    /// Ascending by rate.
    pub taxes: Vec<TaxGroup>,
}

/// Adds lines up. Tax is worked out once per rate on the sum of its lines, so that rounding happens once per rate.
pub fn totals(lines: impl IntoIterator<Item = Taxed>) -> Result<Totals, BillingError> {
    let taxed = |line: Taxed| {
        let rate = TaxRate { category: TaxCategory::Standard, basis_points: line.tax_basis_points };
        TaxedLine { amount: line.net_amount, rate, includes_tax: false }
    };
    let lines: Vec<_> = lines.into_iter().map(taxed).collect();
    let totals = billing::totals(&lines, RoundingMode::HalfEven)?;
    let group = |total: TaxTotal| TaxGroup {
        tax_basis_points: total.rate.basis_points,
        net_amount: total.net,
        tax_amount: total.tax,
    };
    Ok(Totals {
        net_amount: totals.net,
        tax_amount: totals.tax,
        gross_amount: totals.gross,
        taxes: totals.taxes.into_iter().map(group).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three lines of 0.33 at 25 %: 0.25 tax on their sum, where line by line it would be 0.24.
    #[test]
    fn tax_is_rounded_once_per_rate() {
        let line = |net_amount, tax_basis_points| Taxed { net_amount, tax_basis_points };
        let totals =
            totals([line(33, 2500), line(33, 2500), line(33, 2500), line(100, 0)]).unwrap();
        assert_eq!((totals.net_amount, totals.tax_amount, totals.gross_amount), (199, 25, 224));
        assert_eq!(
            totals.taxes,
            [
                TaxGroup { tax_basis_points: 0, net_amount: 100, tax_amount: 0 },
                TaxGroup { tax_basis_points: 2500, net_amount: 99, tax_amount: 25 },
            ]
        );
    }

    #[test]
    fn no_lines_come_to_nothing() {
        assert_eq!(totals([]).unwrap().gross_amount, 0);
    }
}
