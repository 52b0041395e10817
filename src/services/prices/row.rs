//! The rows of prices: written, ended, and told to the log.

use chrono::NaiveDate;
use entity::{
    AgreementId, CustomerId, EventKind, OfferId, PartnerId, PriceId, PriceScope, PriceStatus,
    agreement, customer, price,
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::{pricing::pricing_of, terms::PriceTerms, validity::Validity};
use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::Unit,
};

/// For whom a price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    All,
    Partner(PartnerId),
    Customer(CustomerId),
    Agreement(AgreementId),
}

impl For {
    pub(super) fn of(price: &price::Model) -> Self {
        match (price.partner_id, price.customer_id, price.agreement_id) {
            (Some(id), _, _) => Self::Partner(id),
            (None, Some(id), _) => Self::Customer(id),
            (None, None, Some(id)) => Self::Agreement(id),
            (None, None, None) => Self::All,
        }
    }
}

/// A new price of an offer. [`Unit::insert`] writes it.
pub(crate) fn new(
    unit: &Unit,
    offer_id: OfferId,
    terms: PriceTerms,
    whom: For,
    validity: Validity,
    today: NaiveDate,
) -> price::Model {
    let (status, status_changes_on) = validity.status_on(today);
    let (scope, partner_id, customer_id, agreement_id) = match whom {
        For::All => (PriceScope::List, None, None, None),
        For::Partner(id) => (PriceScope::Partner, Some(id), None, None),
        For::Customer(id) => (PriceScope::Customer, None, Some(id), None),
        For::Agreement(id) => (PriceScope::Agreement, None, None, Some(id)),
    };
    price::Model {
        id: PriceId::new(unit.now),
        tenant_id: unit.viewer.tenant_id,
        offer_id,
        currency: terms.currency,
        scope,
        partner_id,
        customer_id,
        agreement_id,
        valid_from: validity.from,
        valid_until: validity.until,
        status,
        status_changes_on,
        model: terms.pricing.model,
        unit_amount: terms.pricing.unit_amount,
        tiers: Some(terms.pricing.tiers).filter(|tiers| !tiers.is_empty()),
        package_size: terms.pricing.package_size,
        tax_basis_points: terms.tax_basis_points,
        tax_code_id: terms.tax_code_id,
        tax_inclusive: terms.tax_inclusive,
        created_at: unit.now,
    }
}

/// What a price says, but for whom and when.
pub(crate) fn terms_of(price: &price::Model) -> PriceTerms {
    PriceTerms {
        currency: price.currency.clone(),
        pricing: pricing_of(price),
        tax_basis_points: price.tax_basis_points,
        tax_code_id: price.tax_code_id,
        tax_inclusive: price.tax_inclusive,
    }
}

/// The prices of a locked offer for the same people that are not over by a day.
pub(crate) async fn of_same(
    unit: &Unit,
    offer_id: OfferId,
    whom: For,
    today: NaiveDate,
) -> Outcome<Vec<price::Model>> {
    use price::Column;
    let not_over = Column::ValidUntil.is_null().or(Column::ValidUntil.gt(today));
    let of_offer = price::Entity::find()
        .filter(Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(Column::OfferId.eq(offer_id))
        .filter(not_over);
    let same = match whom {
        For::All => of_offer.filter(Column::Scope.eq(PriceScope::List)),
        For::Partner(id) => of_offer.filter(Column::PartnerId.eq(id)),
        For::Customer(id) => of_offer.filter(Column::CustomerId.eq(id)),
        For::Agreement(id) => of_offer.filter(Column::AgreementId.eq(id)),
    };
    Ok(same.all(&unit.txn).await?)
}

/// Has a price of a locked offer be asked on these days, and tells the log where that changes its status today.
pub(crate) async fn set_validity(
    unit: &Unit,
    price: &mut price::Model,
    validity: Validity,
    today: NaiveDate,
) -> Outcome<()> {
    let before = price.status;
    (price.valid_from, price.valid_until) = (validity.from, validity.until);
    (price.status, price.status_changes_on) = validity.status_on(today);
    unit.save(price.clone()).await?;
    if price.status != before {
        tell(unit, price, Some(before)).await?;
    }
    Ok(())
}

/// Tells the log of a price's status: the seller, and whoever it is for once it is asked.
pub(crate) async fn tell(
    unit: &Unit,
    price: &price::Model,
    before: Option<PriceStatus>,
) -> Outcome<()> {
    // What is to come is the seller's alone.
    let is_told =
        [before, Some(price.status)].into_iter().flatten().any(|it| it == PriceStatus::InForce);
    let whom = if is_told { For::of(price) } else { For::All };
    let (customer_id, partner_id) = match whom {
        For::All => (None, None),
        For::Partner(id) => (None, Some(id)),
        For::Customer(id) => of_customer(unit, id).await?,
        For::Agreement(id) => {
            let agreement = unit.related::<agreement::Entity>(id).await?;
            of_customer(unit, agreement.customer_id).await?
        }
    };
    let subject = Subject::Price(price.id);
    let event = NewEvent::about(EventKind::PriceChanged, subject, customer_id, partner_id);
    let event = event.with_statuses(before.map(PriceStatus::as_str), price.status.as_str());
    Ok(unit.record(event).await?)
}

async fn of_customer(
    unit: &Unit,
    id: CustomerId,
) -> Outcome<(Option<CustomerId>, Option<PartnerId>)> {
    let customer = unit.related::<customer::Entity>(id).await?;
    Ok((Some(id), customer.partner_id))
}
