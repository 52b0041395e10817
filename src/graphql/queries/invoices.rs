//! Invoices.

use async_graphql::InputObject;
use entity::{AgreementId, CustomerId, PartnerId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        types::{Invoice, enums::InvoiceStatus},
    },
    services::lists::invoices as service,
};

/// Which invoices are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct InvoiceFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<InvoiceStatus>>,
    /// Are to this customer.
    pub customer_id: Option<Id<CustomerId>>,
    /// Are to customers of this partner.
    pub partner_id: Option<Id<PartnerId>>,
    /// Are under this agreement.
    pub agreement_id: Option<Id<AgreementId>>,
    /// Created in this time.
    pub created_at: Option<DateTimeRange>,
    /// Last changed in this time.
    pub updated_at: Option<DateTimeRange>,
    /// Every word of this text begins a word of the number, or of the customer's name or number. Case and accents make
    /// no difference.
    pub text: Option<String>,
}

impl From<InvoiceFilter> for service::InvoiceFilter {
    fn from(filter: InvoiceFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            customer: bare(filter.customer_id),
            partner: bare(filter.partner_id),
            agreement: bare(filter.agreement_id),
            created: range(filter.created_at),
            updated: range(filter.updated_at),
            text: filter.text,
        }
    }
}

noun! {
    InvoicesQuery: Invoice, invoice {
        /// One invoice, by its id or by its number. Give exactly one of the two.
        invoice(InvoiceId, number: "The number that the invoice got at issue.");
        /// The invoices that the caller may see.
        invoices(InvoiceFilter, TimeOrder);
    }
}
