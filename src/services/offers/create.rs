//! Putting an offer into the catalogue.

use entity::{
    Billing, BillingAlignment, BillingPeriod, BillingTiming, CatalogStatus, EditionId, OfferId,
    ProductId, commitment::OfferCommitment, offer, plan_instance::ProrationPolicy, price, product,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use super::{
    add_on::{self, Bounds},
    commitment, terms,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{
        prices::{
            NewPrice, Validity,
            row::{self, For},
        },
        unit::Unit,
        validate,
    },
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
    /// Of a recurring offer; in advance where it is missing.
    pub billing_timing: Option<BillingTiming>,
    /// Of a recurring offer; with the anniversary where it is missing.
    pub billing_alignment: Option<BillingAlignment>,
    /// Of a recurring offer; what the seller has set for all where it is missing.
    pub proration_policy: Option<ProrationPolicy>,
    /// Of a recurring offer: for how many hours after a period has begun its cancellation is credited; none: always.
    pub refund_window_hours: Option<i32>,
    pub min_quantity: i32,
    pub max_quantity: Option<i32>,
    /// Each customer may buy it in one line of one order, and never again.
    pub once_per_customer: bool,
    /// Of a recurring offer: to what it binds whoever buys it.
    pub commitment: Option<OfferCommitment>,
    /// The recurring offer to whose subscriptions it is an add-on; none: it is sold by itself. Never changes.
    pub parent_offer_id: Option<OfferId>,
    /// Of an add-on: how many units one subscription to the parent offer has at least, if any, and at most.
    pub add_on_minimum: Option<i32>,
    pub add_on_maximum: Option<i32>,
    /// An edition of the same product.
    pub edition_id: Option<EditionId>,
    /// Of the list: at least one, one per currency.
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
    let refund_window_hours = refusals.value(
        command
            .refund_window_hours
            .map(|hours| terms::refund_window_hours("refundWindowHours", hours))
            .transpose(),
    );
    for (field, is_given) in [
        ("billingTiming", command.billing_timing.is_some()),
        ("billingAlignment", command.billing_alignment.is_some()),
        ("prorationPolicy", command.proration_policy.is_some()),
        ("refundWindowHours", command.refund_window_hours.is_some()),
        ("commitment", command.commitment.is_some()),
    ] {
        refusals.value(terms::only_recurring(field, command.billing, is_given));
    }
    let today = unit.today().await?;
    let prices = terms::prices(unit, &mut refusals, command.prices, today).await?;
    let currencies = commitment::currencies(&prices);
    let commitment =
        commitment::check(&mut refusals, command.commitment, command.max_quantity, &currencies);
    let (is_add_on, binds) = (command.parent_offer_id.is_some(), commitment.is_some());
    add_on::check_commitment(&mut refusals, is_add_on, binds);
    let bounds = Bounds { minimum: command.add_on_minimum, maximum: command.add_on_maximum };
    for (field, number) in [("addOnMinimum", bounds.minimum), ("addOnMaximum", bounds.maximum)] {
        if !is_add_on && number.is_some() {
            refusals.push(add_on::only_add_ons(field));
        }
    }
    add_on::check_bounds(&mut refusals, bounds);
    if let Some(parent) = command.parent_offer_id {
        add_on::check_parent(unit, &mut refusals, parent, billing_period).await?;
    }
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
        billing_timing: Set(command.billing_timing.unwrap_or(BillingTiming::InAdvance)),
        billing_alignment: Set(command.billing_alignment.unwrap_or(BillingAlignment::Anniversary)),
        proration_policy: Set(command.proration_policy),
        refund_window_hours: Set(refund_window_hours),
        min_quantity: Set(command.min_quantity),
        max_quantity: Set(command.max_quantity),
        once_per_customer: Set(command.once_per_customer),
        commitment: Set(commitment),
        parent_offer_id: Set(command.parent_offer_id),
        add_on_minimum: Set(command.add_on_minimum),
        add_on_maximum: Set(command.add_on_maximum),
        edition_id: Set(command.edition_id),
        status: Set(CatalogStatus::Active),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "code", taken(&code)).await?;
    let always = Validity { from: None, until: None };
    let prices = prices.into_iter().map(|terms| {
        let price = row::new(unit, id, terms, For::All, always, today);
        price.into_active_model().reset_all()
    });
    price::Entity::insert_many(prices).exec_without_returning(&unit.txn).await?;
    super::index(unit, id, &code, &name).await?;
    Ok(id)
}

fn taken(code: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicateOfferCode,
        "code",
        format!("There is an offer with the code {code} already."),
    )
}
