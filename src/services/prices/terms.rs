//! What must be right about one price.

use chrono::NaiveDate;
use entity::{TaxCodeId, pricing::Pricing, tax_code, tax_rate};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::pricing::{NewPricing, check_pricing};
use crate::{
    error::{Outcome, Refusals},
    services::{unit::Unit, validate},
};

/// What something costs in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPrice {
    pub currency: String,
    /// What its units cost for a period.
    pub pricing: NewPricing,
    /// 2500 is 25 %. Given exactly where there is no tax code.
    pub tax_basis_points: Option<i32>,
    /// The code whose rate of the day is charged.
    pub tax_code_id: Option<TaxCodeId>,
    /// Whether the price has the tax in it.
    pub tax_inclusive: bool,
}

/// A price that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PriceTerms {
    pub(crate) currency: String,
    pub(crate) pricing: Pricing,
    /// Of a price with a tax code, the rate that the code has now.
    pub(crate) tax_basis_points: i32,
    pub(crate) tax_code_id: Option<TaxCodeId>,
    pub(crate) tax_inclusive: bool,
}

/// Checks a price; what is refused is named `<at>.currency` and so on. What it gives is of use only where nothing was
/// refused.
pub(crate) async fn check_price(
    unit: &Unit,
    refusals: &mut Refusals,
    at: &str,
    new: NewPrice,
    today: NaiveDate,
) -> Outcome<PriceTerms> {
    let field = |name: &str| format!("{at}.{name}");
    let currency = refusals.value(validate::currency(&field("currency"), new.currency));
    let pricing = check_pricing(refusals, at, &new.pricing);
    refusals.collect(validate::rate_or_code(
        &field("taxBasisPoints"),
        new.tax_basis_points,
        new.tax_code_id,
    ));
    let (rate, code) = (new.tax_basis_points, new.tax_code_id);
    let tax_basis_points =
        rate_of_price(unit, refusals, rate, code, &field("taxCodeId"), today).await?;
    let NewPrice { tax_code_id, tax_inclusive, .. } = new;
    Ok(PriceTerms { currency, pricing, tax_basis_points, tax_code_id, tax_inclusive })
}

/// The rate that a price is written down with: its own, or the one that its tax code, which must exist, has now.
pub(crate) async fn rate_of_price(
    unit: &Unit,
    refusals: &mut Refusals,
    rate: Option<i32>,
    code: Option<TaxCodeId>,
    field: &str,
    today: NaiveDate,
) -> Outcome<i32> {
    let Some(id) = code else { return Ok(rate.unwrap_or_default()) };
    refusals.collect(unit.require::<tax_code::Entity>(id, field).await?);
    Ok(rate_of(unit, id, today).await?)
}

/// The rate that a tax code has now; of one whose rates are to come, the first.
async fn rate_of(unit: &Unit, id: TaxCodeId, today: NaiveDate) -> Result<i32, DbErr> {
    let rates = tax_rate::Entity::find()
        .filter(tax_rate::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(tax_rate::Column::TaxCodeId.eq(id))
        .order_by_asc(tax_rate::Column::ValidFrom)
        .all(&unit.txn)
        .await?;
    let held = rates.iter().rfind(|rate| rate.valid_from <= today);
    Ok(held.or(rates.first()).map_or(0, |rate| rate.basis_points))
}
