//! Licenses.

use async_graphql::InputObject;
use entity::{CustomerId, EditionId, PartnerId, ProductId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        types::{License, enums::LicenseStatus},
    },
    services::lists::licenses as service,
};

/// Which licenses are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct LicenseFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<LicenseStatus>>,
    /// Are for this customer.
    pub customer_id: Option<Id<CustomerId>>,
    /// Were sold through this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Are for this product.
    pub product_id: Option<Id<ProductId>>,
    /// Are of this edition.
    pub edition_id: Option<Id<EditionId>>,
    /// Expire in this time.
    pub expires_at: Option<DateTimeRange>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the license key, or of the customer's name or number. Case and accents
    /// make no difference.
    pub text: Option<String>,
}

impl From<LicenseFilter> for service::LicenseFilter {
    fn from(filter: LicenseFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            customer: bare(filter.customer_id),
            partner: bare(filter.partner_id),
            product: bare(filter.product_id),
            edition: bare(filter.edition_id),
            expires: range(filter.expires_at),
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        }
    }
}

noun! {
    LicensesQuery: License, license {
        /// One license, by its id or by its key. Give exactly one of the two.
        license(LicenseId, license_key: "The key of the license.");
        /// The licenses that the caller may see.
        licenses(LicenseFilter, TimeOrder);
    }
}
