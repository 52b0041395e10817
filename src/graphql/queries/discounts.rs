//! Discounts.

use async_graphql::InputObject;
use entity::{CustomerId, OfferId, PartnerId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        types::{
            Discount,
            enums::{CatalogStatus, DiscountKind},
        },
    },
    services::lists::discounts as service,
};

/// Which discounts are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DiscountFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<CatalogStatus>>,
    /// Take off one of these.
    #[graphql(validator(custom = "Few(\"kindIn\")"))]
    pub kind_in: Option<Vec<DiscountKind>>,
    /// Are for this offer, and not for all.
    pub offer_id: Option<Id<OfferId>>,
    /// Are for this customer, and not for all.
    pub customer_id: Option<Id<CustomerId>>,
    /// Are for what is sold through this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the name or the code. Case and accents make no difference.
    pub text: Option<String>,
}

impl From<DiscountFilter> for service::DiscountFilter {
    fn from(filter: DiscountFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            kinds: words(filter.kind_in),
            offer: bare(filter.offer_id),
            customer: bare(filter.customer_id),
            partner: bare(filter.partner_id),
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        }
    }
}

noun! {
    DiscountsQuery: Discount, discount {
        /// One discount, by its id or by its code. Give exactly one of the two.
        discount(DiscountId, code: "What buyers give to have it.");
        /// The discounts of the seller. Empty for all but the seller's people.
        discounts(DiscountFilter, NameOrder);
    }
}
