//! Changing an offer, or retiring it.

use chrono::NaiveDate;
use entity::{
    BillingAlignment, BillingTiming, CatalogStatus, EditionId, OfferId,
    commitment::OfferCommitment, offer, plan_instance::ProrationPolicy,
};

use super::{
    add_on::{self, Bounds},
    commitment, terms,
};
use crate::{
    error::{Outcome, Refusal, Refusals},
    services::{
        change::Change,
        prices::{
            NewPrice, PriceTerms, Validity,
            row::{self, For},
        },
        unit::Unit,
        validate,
    },
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
    /// Of a recurring offer. Who has bought it stays bound as before.
    pub commitment: Change<OfferCommitment>,
    /// Of an add-on. What is there already stays.
    pub add_on_minimum: Change<i32>,
    pub add_on_maximum: Change<i32>,
    /// An edition of the same product.
    pub edition_id: Change<EditionId>,
    pub status: Change<CatalogStatus>,
    /// All list prices from today on; what is not named is no longer asked.
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
        ("commitment", matches!(command.commitment, Change::Set(_))),
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
    for (change, place, field) in [
        (command.add_on_minimum, &mut offer.add_on_minimum, "addOnMinimum"),
        (command.add_on_maximum, &mut offer.add_on_maximum, "addOnMaximum"),
    ] {
        if seen.parent_offer_id.is_none() && change != Change::Keep {
            refusals.push(add_on::only_add_ons(field));
        } else {
            refusals.value(change.put_optional(place, field, validate::any));
        }
    }
    let bounds = Bounds { minimum: offer.add_on_minimum, maximum: offer.add_on_maximum };
    add_on::check_bounds(&mut refusals, bounds);
    refusals.value(command.status.put(&mut offer.status, "status", validate::any));
    if let Some(edition_id) = command.edition_id.changed() {
        if let Some(edition_id) = edition_id {
            refusals.collect(terms::edition_of(unit, edition_id, seen.product_id).await?);
        }
        offer.edition_id = edition_id;
    }
    let today = unit.today().await?;
    let prices = match command.prices {
        Change::Keep => None,
        Change::Clear => {
            refusals.push(Refusal::invalid("prices", "An offer needs at least one price."));
            None
        }
        Change::Set(prices) => Some(terms::prices(unit, &mut refusals, prices, today).await?),
    };
    refusals.value(command.commitment.put_optional(
        &mut offer.commitment,
        "commitment",
        validate::any,
    ));
    let (is_add_on, binds) = (offer.parent_offer_id.is_some(), offer.commitment.is_some());
    add_on::check_commitment(&mut refusals, is_add_on, binds);
    let sets_most = offer.max_quantity != seen.max_quantity;
    if offer.commitment != seen.commitment || sets_most || prices.is_some() {
        let currencies = if let Some(prices) = &prices {
            commitment::currencies(prices)
        } else {
            let prices = row::of_same(unit, id, For::All, today).await?;
            prices.into_iter().map(|price| price.currency).collect()
        };
        offer.commitment =
            commitment::check(&mut refusals, offer.commitment, offer.max_quantity, &currencies);
    }
    refusals.done()?;

    let prices_changed = match prices {
        Some(prices) => replace_prices(unit, &offer, prices, today).await?,
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

/// Has these be the list prices from today on, in the place of all others that are asked or to come, and says whether any
/// is another. A price is never changed: one that is the same stays, another one ends, and a new one begins.
async fn replace_prices(
    unit: &Unit,
    offer: &offer::Model,
    mut new: Vec<PriceTerms>,
    today: NaiveDate,
) -> Outcome<bool> {
    let mut changed = false;
    for mut price in row::of_same(unit, offer.id, For::All, today).await? {
        let days = Validity::of(&price);
        let lasts = days.until.is_none() && days.from.is_none_or(|from| from <= today);
        let same = new.iter().position(|terms| lasts && *terms == row::terms_of(&price));
        if let Some(position) = same {
            new.remove(position);
            continue;
        }
        // One that has not begun never does.
        let until = days.from.map_or(today, |from| from.max(today));
        let ended = Validity { from: days.from, until: Some(until) };
        row::set_validity(unit, &mut price, ended, today).await?;
        changed = true;
    }
    for terms in new {
        let days = Validity { from: Some(today), until: None };
        let price = row::new(unit, offer.id, terms, For::All, days, today);
        unit.insert(price.clone()).await?;
        row::tell(unit, &price, None).await?;
        changed = true;
    }
    Ok(changed)
}
