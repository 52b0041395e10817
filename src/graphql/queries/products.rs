//! Products.

use async_graphql::InputObject;

use super::{
    filters::{DateTimeRange, Few, range, words},
    noun,
};
use crate::{
    error::Refusal,
    graphql::types::{Product, enums::CatalogStatus},
    services::{lists::products as service, validate},
};

/// Which products are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProductFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<CatalogStatus>>,
    /// Are made by exactly this vendor.
    pub vendor: Option<String>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the name, the code or the vendor. Case and accents make no difference.
    pub text: Option<String>,
}

impl TryFrom<ProductFilter> for service::ProductFilter {
    type Error = Refusal;

    fn try_from(filter: ProductFilter) -> Result<Self, Refusal> {
        Ok(Self {
            statuses: words(filter.status_in),
            vendor: validate::text("filter.vendor", filter.vendor)?,
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        })
    }
}

noun! {
    ProductsQuery: Product, product {
        /// One product, by its id or by its code. Give exactly one of the two.
        product(ProductId, code: "What the seller calls the product.");
        /// The products of the catalogue.
        products(ProductFilter, NameOrder);
    }
}
