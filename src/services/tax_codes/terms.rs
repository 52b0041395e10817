//! What must be right about the rates of a tax code, and how they are written.

use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{TaxCategory, TaxCodeId, tax_rate};
use sea_orm::{ActiveValue::Set, DbErr, EntityTrait};

use crate::{
    error::{Refusal, Refusals},
    services::{unit::Unit, validate},
};

/// A rate from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewTaxRate {
    /// The first day on which it holds, of the seller's.
    pub valid_from: NaiveDate,
    /// 2500 is 25 %.
    pub basis_points: i32,
}

/// One rate per day; and none but zero where the category says that there is no tax.
pub(super) fn check(refusals: &mut Refusals, category: TaxCategory, rates: &[NewTaxRate]) {
    let mut days = HashSet::new();
    for (index, rate) in rates.iter().enumerate() {
        let field = |name: &str| format!("rates.{index}.{name}");
        refusals.value(validate::tax_basis_points(&field("basisPoints"), rate.basis_points));
        if category != TaxCategory::Standard && rate.basis_points > 0 {
            let message = format!("There is no tax in the category {category}: the rate is 0.");
            refusals.push(Refusal::invalid(&field("basisPoints"), message));
        }
        if !days.insert(rate.valid_from) {
            let message = format!("There is a rate from {} in the list already.", rate.valid_from);
            refusals.push(Refusal::invalid(&field("validFrom"), message));
        }
    }
}

pub(super) async fn write(unit: &Unit, id: TaxCodeId, rates: &[NewTaxRate]) -> Result<(), DbErr> {
    let rows = rates.iter().map(|rate| tax_rate::ActiveModel {
        tenant_id: Set(unit.viewer.tenant_id),
        tax_code_id: Set(id),
        valid_from: Set(rate.valid_from),
        basis_points: Set(rate.basis_points),
    });
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        tax_rate::Entity::insert_many(rows).exec_without_returning(&unit.txn).await?;
    }
    Ok(())
}
