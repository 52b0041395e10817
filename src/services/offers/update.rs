//! Changing an offer, or retiring it.

use entity::{
    BillingAlignment, BillingTiming, CatalogStatus, EditionId, OfferId, offer,
    plan_instance::ProrationPolicy, price,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    create::new_price,
    terms::{self, NewPrice, TaxedPrice},
};
use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{change::Change, unit::Unit, validate},
    wakeups::Hint,
};

#[derive(Clone, Debug)]
pub struct UpdateOffer {
    pub offer_id: OfferId,
    pub expected_version: Option<i64>,
    pub name: Change<String>,
    pub description: Change<String>,
    /// Of a recurring offer, as the next three.
    pub billing_timing: Change<BillingTiming>,
    pub billing_alignment: Change<BillingAlignment>,
    pub proration_policy: Change<ProrationPolicy>,
    pub refund_window_hours: Change<i32>,
    pub min_quantity: Change<i32>,
    pub max_quantity: Change<i32>,
    /// What a customer has bought before counts.
    pub once_per_customer: Change<bool>,
    /// An edition of the same product.
    pub edition_id: Change<EditionId>,
    pub status: Change<CatalogStatus>,
    /// All prices; those not named are no longer asked.
    pub prices: Change<Vec<NewPrice>>,
}

/// Changes the fields named. Orders that were submitted keep the price that they were submitted with.
pub async fn update_offer(unit: &Unit, command: UpdateOffer) -> Outcome<OfferId> {
    let id = command.offer_id;
    let seen = unit.lock::<offer::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut offer = seen.clone();
    let mut refusals = Refusals::default();
    refusals.value(command.name.put(&mut offer.name, "name", validate::name));
    refusals.value(command.description.put_optional(
        &mut offer.description,
        "description",
        validate::description,
    ));
    for (field, is_given) in [
        ("billingTiming", matches!(command.billing_timing, Change::Set(_))),
        ("billingAlignment", matches!(command.billing_alignment, Change::Set(_))),
        ("prorationPolicy", matches!(command.proration_policy, Change::Set(_))),
        ("refundWindowHours", matches!(command.refund_window_hours, Change::Set(_))),
    ] {
        refusals.value(terms::only_recurring(field, seen.billing, is_given));
    }
    refusals.value(command.billing_timing.put(
        &mut offer.billing_timing,
        "billingTiming",
        validate::any,
    ));
    refusals.value(command.billing_alignment.put(
        &mut offer.billing_alignment,
        "billingAlignment",
        validate::any,
    ));
    refusals.value(command.proration_policy.put_optional(
        &mut offer.proration_policy,
        "prorationPolicy",
        validate::any,
    ));
    refusals.value(command.refund_window_hours.put_optional(
        &mut offer.refund_window_hours,
        "refundWindowHours",
        |field, hours| hours.map(|hours| terms::refund_window_hours(field, hours)).transpose(),
    ));
    refusals.value(command.min_quantity.put(
        &mut offer.min_quantity,
        "minQuantity",
        terms::min_quantity,
    ));
    refusals.value(command.max_quantity.put_optional(
        &mut offer.max_quantity,
        "maxQuantity",
        validate::any,
    ));
    refusals.value(terms::quantities(offer.min_quantity, offer.max_quantity));
    refusals.value(command.once_per_customer.put(
        &mut offer.once_per_customer,
        "oncePerCustomer",
        validate::any,
    ));
    refusals.value(command.status.put(&mut offer.status, "status", validate::any));
    if let Some(edition_id) = command.edition_id.changed() {
        if let Some(edition_id) = edition_id {
            refusals.collect(terms::edition_of(unit, edition_id, seen.product_id).await?);
        }
        offer.edition_id = edition_id;
    }
    let prices = match command.prices {
        Change::Keep => None,
        Change::Clear => {
            refusals.push(Refusal::invalid("prices", "An offer needs at least one price."));
            None
        }
        Change::Set(prices) => Some(terms::prices(unit, &mut refusals, prices).await?),
    };
    refusals.done()?;

    let prices_changed = match prices {
        Some(prices) => replace_prices(unit, &offer, prices).await?,
        None => false,
    };
    if prices_changed || offer != seen {
        offer.version += 1;
        offer.updated_at = unit.now;
        super::index(unit, id, &offer.code, &offer.name).await?;
        unit.save(offer).await?;
        unit.announce(Hint::CatalogueChanged(unit.viewer.tenant_id));
    }
    Ok(id)
}

/// Makes the offer's prices those given, and says whether any was another. A price that stays keeps its id.
async fn replace_prices(
    unit: &Unit,
    offer: &offer::Model,
    prices: Vec<TaxedPrice>,
) -> Outcome<bool> {
    let stored = price::Entity::find()
        .filter(price::Column::TenantId.eq(offer.tenant_id))
        .filter(price::Column::OfferId.eq(offer.id))
        .all(&unit.txn)
        .await?;
    let mut changed = false;
    for price in &stored {
        if prices.iter().all(|new| new.currency != price.currency) {
            price::Entity::delete_by_id(price.id).exec(&unit.txn).await?;
            changed = true;
        }
    }
    for new in prices {
        match stored.iter().find(|price| price.currency == new.currency) {
            None => {
                let row = new_price(unit, offer.id, new);
                price::Entity::insert(row).exec_without_returning(&unit.txn).await?;
                changed = true;
            }
            Some(seen) => {
                let mut price = seen.clone();
                price.model = new.pricing.model;
                price.unit_amount = new.pricing.unit_amount;
                price.package_size = new.pricing.package_size;
                price.tiers = Some(new.pricing.tiers).filter(|tiers| !tiers.is_empty());
                price.tax_basis_points = new.tax_basis_points;
                price.tax_code_id = new.tax_code_id;
                price.tax_inclusive = new.tax_inclusive;
                if price != *seen {
                    unit.save(price).await?;
                    changed = true;
                }
            }
        }
    }
    Ok(changed)
}
