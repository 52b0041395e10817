//! Putting a product into the catalogue.

use entity::{CatalogStatus, ProductId, Provisioning, product};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::webhook::{self, ByWebhook};
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
    pub by_webhook: ByWebhook,
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

    let id = ProductId::new(unit.now);
    let mut product = product::Model {
        id,
        tenant_id: unit.viewer.tenant_id,
        code,
        name,
        vendor,
        description,
        provisioning: command.provisioning,
        provisioning_endpoint_id: None,
        answer_within_minutes: None,
        status: CatalogStatus::Active,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    webhook::put(unit, &mut product, command.by_webhook, &mut refusals).await?;
    refusals.done()?;

    let product::Model { code, name, vendor, .. } = product.clone();
    let row = product.into_active_model().reset_all();
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
