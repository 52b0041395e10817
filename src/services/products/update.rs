//! Changing a product, or retiring it.

use entity::{CatalogStatus, ProductId, Provisioning, product};

use super::webhook::{self, ByWebhook};
use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
    wakeups::Hint,
};

#[derive(Clone, Debug)]
pub struct UpdateProduct {
    pub product_id: ProductId,
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    pub vendor: Change<String>,
    pub description: Change<String>,
    pub provisioning: Change<Provisioning>,
    pub by_webhook: ByWebhook,
    pub status: Change<CatalogStatus>,
}

/// Changes the fields named. What was ordered before keeps what it was ordered with.
pub async fn update_product(unit: &Unit, command: UpdateProduct) -> Outcome<ProductId> {
    let id = command.product_id;
    let seen = unit.lock::<product::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut product = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut product.name, "name", validate::name));
    refusals.value(command.vendor.put(&mut product.vendor, "vendor", validate::name));
    refusals.value(command.description.put_optional(
        &mut product.description,
        "description",
        validate::description,
    ));
    refusals.value(command.provisioning.put(
        &mut product.provisioning,
        "provisioning",
        validate::any,
    ));
    refusals.value(command.status.put(&mut product.status, "status", validate::any));
    webhook::put(unit, &mut product, command.by_webhook, &mut refusals).await?;
    refusals.done()?;

    if product != seen {
        product.version += 1;
        product.updated_at = unit.now;
        super::index(unit, id, &product.code, &product.name, &product.vendor).await?;
        unit.save(product).await?;
        unit.announce(Hint::CatalogueChanged(unit.viewer.tenant_id));
    }
    Ok(id)
}
