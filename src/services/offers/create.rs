//! Putting an offer into the catalogue.

use entity::{
    Billing, BillingAlignment, BillingPeriod, BillingTiming, CatalogStatus, EditionId, OfferId,
    PriceId, ProductId, offer, price, product,
};
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::terms::{self, NewPrice};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreateOffer {
    pub product_id: ProductId,
    /// Unique in the tenant; never changes.
    pub code: String,
    pub name: String,
    pub description: Option<String>,
    pub billing: Billing,
    /// Set exactly when the offer is not charged once.
    pub billing_period: Option<BillingPeriod>,
    pub min_quantity: i32,
    pub max_quantity: Option<i32>,
    /// An edition of the same product.
    pub edition_id: Option<EditionId>,
    /// At least one, one per currency.
    pub prices: Vec<NewPrice>,
}

/// Creates an offer that can be bought at once.
pub async fn create_offer(unit: &Unit, command: CreateOffer) -> Outcome<OfferId> {
    let mut refusals = Refusals::default();
    let code = refusals.value(validate::code("code", command.code));
    let name = refusals.value(validate::name("name", command.name));
    let description = refusals.value(validate::description("description", command.description));
    let billing_period =
        refusals.value(terms::billing_period(command.billing, command.billing_period));
    refusals.value(terms::min_quantity("minQuantity", command.min_quantity).map(drop));
    refusals.value(terms::quantities(command.min_quantity, command.max_quantity));
    let prices = terms::prices(&mut refusals, command.prices);
    let product = unit.require::<product::Entity>(command.product_id, "productId").await?;
    if refusals.collect(product).is_some()
        && let Some(edition_id) = command.edition_id
    {
        refusals.collect(terms::edition_of(unit, edition_id, command.product_id).await?);
    }
    if unit.is_taken::<offer::Entity>(offer::Column::Code, code.as_str()).await? {
        refusals.push(taken(&code));
    }
    refusals.done()?;

    let id = OfferId::new(unit.now);
    let row = offer::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        product_id: Set(command.product_id),
        code: Set(code.clone()),
        name: Set(name.clone()),
        description: Set(description),
        billing: Set(command.billing),
        billing_period: Set(billing_period),
        billing_timing: Set(BillingTiming::InAdvance),
        billing_alignment: Set(BillingAlignment::Anniversary),
        proration_policy: Set(None),
        refund_window_hours: Set(None),
        min_quantity: Set(command.min_quantity),
        max_quantity: Set(command.max_quantity),
        edition_id: Set(command.edition_id),
        status: Set(CatalogStatus::Active),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "code", taken(&code)).await?;
    let prices = prices.into_iter().map(|price| new_price(unit, id, price));
    price::Entity::insert_many(prices).exec_without_returning(&unit.txn).await?;
    super::index(unit, id, &code, &name).await?;
    Ok(id)
}

pub(super) fn new_price(unit: &Unit, offer_id: OfferId, new: NewPrice) -> price::ActiveModel {
    price::ActiveModel {
        tax_code_id: Set(None),
        tax_inclusive: Set(false),
        id: Set(PriceId::new(unit.now)),
        tenant_id: Set(unit.viewer.tenant_id),
        offer_id: Set(offer_id),
        currency: Set(new.currency),
        unit_amount: Set(new.unit_amount),
        tax_basis_points: Set(new.tax_basis_points),
    }
}

fn taken(code: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicateOfferCode,
        "code",
        format!("There is an offer with the code {code} already."),
    )
}
