//! Adding a price to an offer: from a day on, for all or for some.

use chrono::NaiveDate;
use entity::{
    AgreementId, CustomerId, OfferId, PartnerId, PriceId, agreement, customer, offer, partner,
};

use super::{
    row::{self, For},
    terms::{NewPrice, check_price},
    validity::Validity,
};
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::unit::Unit,
    wakeups::Hint,
};

/// What an offer is to cost in one currency, for one partner, customer or agreement, or for all.
#[derive(Clone, Debug)]
pub struct CreatePrice {
    pub offer_id: OfferId,
    pub price: NewPrice,
    pub partner_id: Option<PartnerId>,
    pub customer_id: Option<CustomerId>,
    pub agreement_id: Option<AgreementId>,
    /// The first day on which it is asked; none: today.
    pub valid_from: Option<NaiveDate>,
    /// The first day on which it is no longer asked; none: it lasts.
    pub valid_until: Option<NaiveDate>,
}

/// Adds a price. One for the same that has no end ends where a new one without an end begins; nothing else that is there
/// changes. Refused with `PRICE_OVERLAPS` where another one for the same has a day in common with it.
pub async fn create_price(unit: &Unit, command: CreatePrice) -> Outcome<PriceId> {
    let offer = unit.lock_if_there::<offer::Entity>(command.offer_id).await?;
    let offer = offer.ok_or_else(|| access::not_found::<offer::Entity>("offerId"))?;
    let today = unit.today().await?;
    let mut refusals = Refusals::default();
    let whom = whom(unit, &mut refusals, &command).await?;
    let terms = check_price(unit, &mut refusals, "price", command.price, today).await?;
    if let For::Agreement(id) = whom
        && let Some(agreement) = unit.find::<agreement::Entity>(id).await?
        && agreement.currency != terms.currency
    {
        let message = format!("Agreement {} is in {}.", agreement.number, agreement.currency);
        refusals.push(Refusal::invalid("price.currency", message));
    }
    let from = command.valid_from.unwrap_or(today);
    if from < today {
        refusals.push(Refusal::invalid("validFrom", "The day is over."));
    }
    if command.valid_until.is_some_and(|until| until <= from) {
        refusals.push(Refusal::invalid("validUntil", "It ends after it has begun."));
    }
    refusals.done()?;

    let validity = Validity { from: Some(from), until: command.valid_until };
    let others = row::of_same(unit, offer.id, whom, today).await?;
    for mut other in others.into_iter().filter(|other| other.currency == terms.currency) {
        let days = Validity::of(&other);
        if !days.overlaps(validity) {
            continue;
        }
        let before = days.before(from).filter(|_| validity.until.is_none());
        let before = before.ok_or_else(|| overlap(days))?;
        row::set_validity(unit, &mut other, before, today).await?;
    }
    let price = row::new(unit, offer.id, terms, whom, validity, today);
    unit.insert(price.clone()).await?;
    row::tell(unit, &price, None).await?;
    unit.announce(Hint::CatalogueChanged(unit.viewer.tenant_id));
    Ok(price.id)
}

async fn whom(unit: &Unit, refusals: &mut Refusals, command: &CreatePrice) -> Outcome<For> {
    let CreatePrice { partner_id, customer_id, agreement_id, .. } = *command;
    if let Some(id) = partner_id {
        refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
    }
    if let Some(id) = customer_id {
        refusals.collect(unit.require::<customer::Entity>(id, "customerId").await?);
    }
    if let Some(id) = agreement_id {
        refusals.collect(unit.require::<agreement::Entity>(id, "agreementId").await?);
    }
    Ok(match (partner_id, customer_id, agreement_id) {
        (None, None, None) => For::All,
        (Some(id), None, None) => For::Partner(id),
        (None, Some(id), None) => For::Customer(id),
        (None, None, Some(id)) => For::Agreement(id),
        (_, _, _) => {
            let message = "Give one of partnerId, customerId and agreementId at most.";
            refusals.push(Refusal::new(RefusalCode::ValidationFailed, message));
            For::All
        }
    })
}

fn overlap(days: Validity) -> Refusal {
    let from = days.from.map_or_else(|| "the beginning".to_owned(), |from| from.to_string());
    let message = match days.until {
        Some(until) => format!("There is a price for the same from {from} until {until}."),
        None => format!("There is a price for the same from {from} on. End it first."),
    };
    Refusal::of(RefusalCode::PriceOverlaps, "validFrom", message)
}
