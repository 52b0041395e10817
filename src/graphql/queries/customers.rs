//! Customers.

use async_graphql::InputObject;
use entity::PartnerId;

use super::{
    filters::{DateTimeRange, bare, range},
    noun,
};
use crate::{
    error::Refusal,
    graphql::{id::Id, types::Customer},
    services::{lists::customers as service, validate},
};

/// Which customers are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CustomerFilter {
    /// Buy from this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Are in this country, as ISO 3166-1 alpha-2 spells it.
    pub country: Option<String>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the name, the number or the email address. Case and accents make no
    /// difference.
    pub text: Option<String>,
}

impl TryFrom<CustomerFilter> for service::CustomerFilter {
    type Error = Refusal;

    fn try_from(filter: CustomerFilter) -> Result<Self, Refusal> {
        Ok(Self {
            partner: bare(filter.partner_id),
            country: validate::country("filter.country", filter.country)?,
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        })
    }
}

noun! {
    CustomersQuery: Customer, customer {
        /// One customer, by its id or by its number. Give exactly one of the two.
        customer(CustomerId, customer_number: "What the seller calls the customer.");
        /// The customers that the caller may see.
        customers(CustomerFilter, NameOrder);
    }
}
