//! Changing a discount, or retiring it.

use entity::{CatalogStatus, DiscountId, discount};

use super::{
    restriction::Restriction,
    terms::{self, DiscountChanges},
};
use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdateDiscount {
    pub discount_id: DiscountId,
    pub expected_version: Option<i64>,
    pub status: Change<CatalogStatus>,
    pub terms: DiscountChanges,
}

/// Changes the fields named. What was given stays as it was given, and so do orders that were submitted.
pub async fn update_discount(unit: &Unit, command: UpdateDiscount) -> Outcome<DiscountId> {
    let seen = unit.lock::<discount::Entity>(command.discount_id).await?;
    validate::version(command.expected_version, seen.version)?;
    let before = Restriction::load(unit, &[seen.id]).await?.remove(&seen.id).unwrap_or_default();
    let (mut discount, mut restriction) = (seen.clone(), before.clone());
    let mut refusals = Refusals::default();
    refusals.value(command.status.put(&mut discount.status, "status", validate::any));
    terms::put(unit, command.terms, &mut discount, &mut restriction, &mut refusals).await?;
    refusals.done()?;
    if discount == seen && restriction == before {
        return Ok(seen.id);
    }
    restriction.replace(unit, seen.id, &before).await?;
    discount.version += 1;
    discount.updated_at = unit.now;
    super::index(unit, &discount).await?;
    unit.save(discount).await?;
    Ok(seen.id)
}
