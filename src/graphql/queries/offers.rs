//! Offers.

use async_graphql::InputObject;
use entity::{EditionId, OfferId, ProductId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        types::{
            Offer,
            enums::{Billing, CatalogStatus},
        },
    },
    services::lists::offers as service,
};

/// Which offers are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OfferFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<CatalogStatus>>,
    /// Are offers of this product.
    pub product_id: Option<Id<ProductId>>,
    /// Issue licenses of this edition.
    pub edition_id: Option<Id<EditionId>>,
    /// Are add-ons of this offer.
    pub parent_offer_id: Option<Id<OfferId>>,
    /// Are charged in one of these ways.
    #[graphql(validator(custom = "Few(\"billingIn\")"))]
    pub billing_in: Option<Vec<Billing>>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the name or the code, or of the product's name, code or vendor. Case
    /// and accents make no difference.
    pub text: Option<String>,
}

impl From<OfferFilter> for service::OfferFilter {
    fn from(filter: OfferFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            product: bare(filter.product_id),
            edition: bare(filter.edition_id),
            parent: bare(filter.parent_offer_id),
            billings: words(filter.billing_in),
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        }
    }
}

noun! {
    OffersQuery: Offer, offer {
        /// One offer, by its id or by its code. Give exactly one of the two.
        offer(OfferId, code: "What the seller calls the offer.");
        /// The offers of the catalogue.
        offers(OfferFilter, NameOrder);
    }
}
