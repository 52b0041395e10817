//! Putting a product into the catalogue.

use entity::{CatalogStatus, ProductId, Provisioning, product};
use sea_orm::ActiveValue::Set;

use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreateProduct {
    /// Unique in the tenant; never changes.
    pub code: String,
    pub name: String,
    pub vendor: String,
    pub description: Option<String>,
    pub provisioning: Provisioning,
}

/// Creates a product that can be bought at once, as soon as it has offers.
pub async fn create_product(unit: &Unit, command: CreateProduct) -> Outcome<ProductId> {
    let mut refusals = Refusals::default();
    let code = refusals.value(validate::code("code", command.code));
    let name = refusals.value(validate::name("name", command.name));
    let vendor = refusals.value(validate::name("vendor", command.vendor));
    let description = refusals.value(validate::description("description", command.description));
    if unit.is_taken::<product::Entity>(product::Column::Code, code.as_str()).await? {
        refusals.push(taken(&code));
    }
    refusals.done()?;

    let id = ProductId::new(unit.now);
    let row = product::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        code: Set(code.clone()),
        name: Set(name.clone()),
        vendor: Set(vendor.clone()),
        description: Set(description),
        provisioning: Set(command.provisioning),
        status: Set(CatalogStatus::Active),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "code", taken(&code)).await?;
    super::index(unit, id, &code, &name, &vendor).await?;
    Ok(id)
}

fn taken(code: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicateProductCode,
        "code",
        format!("There is a product with the code {code} already."),
    )
}
