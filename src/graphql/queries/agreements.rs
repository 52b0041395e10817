//! Agreements.

use async_graphql::InputObject;
use entity::CustomerId;

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        types::{Agreement, enums::AgreementStatus},
    },
    services::lists::agreements as service,
};

/// Which agreements are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AgreementFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<AgreementStatus>>,
    /// Are with this customer.
    pub customer_id: Option<Id<CustomerId>>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the number, or of the customer's name or number. Case and accents make
    /// no difference.
    pub text: Option<String>,
}

impl From<AgreementFilter> for service::AgreementFilter {
    fn from(filter: AgreementFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            customer: bare(filter.customer_id),
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        }
    }
}

noun! {
    AgreementsQuery: Agreement, agreement {
        /// One agreement, by its id or by its number. Give exactly one of the two.
        agreement(AgreementId, number: "What the seller calls the agreement.");
        /// The agreements that the caller may see.
        agreements(AgreementFilter, TimeOrder);
    }
}
