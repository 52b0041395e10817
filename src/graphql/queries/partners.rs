//! Partners.

use async_graphql::InputObject;
use entity::PartnerId;

use super::{
    filters::{DateTimeRange, bare, range},
    noun,
};
use crate::{
    graphql::{id::Id, types::Partner},
    services::lists::partners as service,
};

/// Which partners are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PartnerFilter {
    /// Are directly below this partner.
    pub parent_id: Option<Id<PartnerId>>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the name or the number. Case and accents make no difference.
    pub text: Option<String>,
}

impl From<PartnerFilter> for service::PartnerFilter {
    fn from(filter: PartnerFilter) -> Self {
        Self {
            parent: bare(filter.parent_id),
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        }
    }
}

noun! {
    PartnersQuery: Partner, partner {
        /// One partner, by its id or by its number. Give exactly one of the two.
        partner(PartnerId, partner_number: "What the seller calls the partner.");
        /// The partners that the caller may see.
        partners(PartnerFilter, NameOrder);
    }
}
