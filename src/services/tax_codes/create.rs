//! Saying how a kind of goods is taxed.

use entity::{TaxCategory, TaxCodeId, tax_code};
use sea_orm::ActiveValue::Set;

use super::terms::{self, NewTaxRate};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreateTaxCode {
    /// Unique in the tenant; never changes.
    pub code: String,
    pub name: String,
    /// Never changes.
    pub category: TaxCategory,
    /// At least one, one per day.
    pub rates: Vec<NewTaxRate>,
}

/// Creates a tax code. Its first rates may have begun long ago.
pub async fn create_tax_code(unit: &Unit, command: CreateTaxCode) -> Outcome<TaxCodeId> {
    let mut refusals = Refusals::default();
    let code = refusals.value(validate::code("code", command.code));
    let name = refusals.value(validate::name("name", command.name));
    if command.rates.is_empty() {
        refusals.push(Refusal::invalid("rates", "A tax code needs at least one rate."));
    }
    terms::check(&mut refusals, command.category, &command.rates);
    if unit.is_taken::<tax_code::Entity>(tax_code::Column::Code, code.as_str()).await? {
        refusals.push(taken(&code));
    }
    refusals.done()?;

    let id = TaxCodeId::new(unit.now);
    let row = tax_code::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        code: Set(code.clone()),
        name: Set(name),
        category: Set(command.category),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "code", taken(&code)).await?;
    terms::write(unit, id, &command.rates).await?;
    Ok(id)
}

fn taken(code: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicateTaxCode,
        "code",
        format!("There is a tax code {code} already."),
    )
}
