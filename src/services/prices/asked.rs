//! Which price is asked of whom.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AgreementId, CustomerId, OfferId, PartnerId, PriceScope, TenantId, customer, price};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::UnionType,
};

use crate::{error::Outcome, services::unit::Unit, store::statement::is_exactly};

/// Who pays.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "each is an id of another table")]
pub(crate) struct Payer {
    /// Who sells it.
    partner_id: Option<PartnerId>,
    /// Where its own prices hold.
    customer_id: Option<CustomerId>,
    agreement_id: Option<AgreementId>,
}

impl Payer {
    /// A customer that buys through a partner. What was agreed with a customer holds for what its present partner sells: a
    /// former one, which still changes what it has sold, is to hear nothing of it.
    pub(crate) fn of(
        customer: &customer::Model,
        partner_id: Option<PartnerId>,
        agreement_id: Option<AgreementId>,
    ) -> Self {
        if customer.partner_id == partner_id {
            Self { partner_id, customer_id: Some(customer.id), agreement_id }
        } else {
            Self { partner_id, customer_id: None, agreement_id: None }
        }
    }
}

/// The price of each offer that is asked on a day, of those that has one: the most particular one that there is for whoever
/// pays.
pub(crate) async fn asked(
    unit: &Unit,
    payer: Payer,
    offers: impl IntoIterator<Item = OfferId>,
    currency: &str,
    day: NaiveDate,
) -> Outcome<HashMap<OfferId, price::Model>> {
    let offers: Vec<_> = offers.into_iter().collect();
    if offers.is_empty() {
        return Ok(HashMap::new());
    }
    let mut found =
        in_force(unit.viewer.tenant_id, &offers, currency, day, payer).all(&unit.txn).await?;
    // The more particular take the place of others.
    found.sort_by_key(|price| price.scope);
    Ok(found.into_iter().map(|price| (price.offer_id, price)).collect())
}

/// The prices for whoever pays, each kind along an index of its own: an offer may have prices for very many customers.
fn in_force(
    tenant_id: TenantId,
    offers: &[OfferId],
    currency: &str,
    day: NaiveDate,
    payer: Payer,
) -> Select<price::Entity> {
    use price::Column;
    let begun = Condition::any().add(Column::ValidFrom.is_null()).add(Column::ValidFrom.lte(day));
    let not_over =
        Condition::any().add(Column::ValidUntil.is_null()).add(Column::ValidUntil.gt(day));
    let on_that_day = price::Entity::find()
        .filter(Column::TenantId.eq(tenant_id))
        .filter(Column::OfferId.is_in(offers.iter().copied()))
        .filter(Column::Currency.eq(currency))
        .filter(begun)
        .filter(not_over);
    let for_all = on_that_day.clone().filter(is_exactly(Column::Scope, PriceScope::List));
    let own = [
        payer.partner_id.map(|id| Column::PartnerId.eq(id)),
        payer.customer_id.map(|id| Column::CustomerId.eq(id)),
        payer.agreement_id.map(|id| Column::AgreementId.eq(id)),
    ];
    own.into_iter().flatten().fold(for_all, |mut all, is_own| {
        let more = on_that_day.clone().filter(is_own).into_query();
        QuerySelect::query(&mut all).union(UnionType::All, more);
        all
    })
}
