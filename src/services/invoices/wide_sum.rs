//! Sums of amounts that fit although a sum on the way to them does not, as where charges and credits cancel each other out.
//! They are added up in two parts; PostgreSQL adds whole numbers up to a decimal.

use domain::money::{self, MoneyError};
use sea_orm::{
    Iden,
    sea_query::{Expr, SimpleExpr},
};

/// What to select of a column: the sum of its high and of its low parts.
pub(crate) fn parts(column: &impl Iden) -> [SimpleExpr; 2] {
    let name = column.unquoted();
    ['/', '%'].map(|part| Expr::cust(format!("CAST(SUM({name} {part} {HALF}) AS BIGINT)")))
}

/// The sum of which these are the parts.
pub(super) fn whole(high: i64, low: i64) -> Result<i64, MoneyError> {
    money::fitting(together(high, low))
}

/// The parts of a sum, as they are read; of no rows, they are none.
pub(crate) type Parts = (Option<i64>, Option<i64>);

/// The sum of which these are the parts, whether it fits into an amount or not.
pub(crate) fn exactly(parts: Option<Parts>) -> i128 {
    let (high, low) = parts.unwrap_or_default();
    together(high.unwrap_or_default(), low.unwrap_or_default())
}

fn together(high: i64, low: i64) -> i128 {
    i128::from(high) * HALF + i128::from(low)
}

const HALF: i128 = 1 << 32;
