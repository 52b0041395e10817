//! Plans.

use async_graphql::InputObject;
use entity::{OfferId, PartnerId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    error::Refusal,
    graphql::{
        id::Id,
        types::{Plan, enums::CatalogStatus},
    },
    services::{lists::plans as service, validate},
};

/// Which plans are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PlanFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<CatalogStatus>>,
    /// Are plans of this offer.
    pub offer_id: Option<Id<OfferId>>,
    /// Are pinned to this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Have their prices in this currency, as ISO 4217 spells it.
    pub currency: Option<String>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the name or the code, or of the offer's name or code. Case and accents make no
    /// difference.
    pub text: Option<String>,
}

impl TryFrom<PlanFilter> for service::PlanFilter {
    type Error = Refusal;

    fn try_from(filter: PlanFilter) -> Result<Self, Refusal> {
        let currency = filter.currency.map(|it| validate::currency("currency", it)).transpose()?;
        Ok(Self {
            statuses: words(filter.status_in),
            offer: bare(filter.offer_id),
            partner: bare(filter.partner_id),
            currency,
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        })
    }
}

noun! {
    PlansQuery: Plan, plan {
        /// One plan, by its id or by its code. Give exactly one of the two.
        plan(PlanId, code: "What the seller calls the plan.");
        /// The plans that the caller may see.
        plans(PlanFilter, NameOrder);
    }
}
