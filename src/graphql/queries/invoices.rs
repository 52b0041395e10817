//! Invoices.

use async_graphql::InputObject;
use entity::{AgreementId, CustomerId, InvoiceKind as Kind, PartnerId};

use super::{
    filters::{DateTimeRange, Few, bare, range, words},
    noun,
};
use crate::{
    graphql::{
        id::Id,
        scalars::Day,
        types::{
            Invoice,
            enums::{InvoiceKind, InvoiceStatus},
        },
    },
    services::lists::invoices as service,
};

/// Which invoices are wanted. What is left out, or null, does not matter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct InvoiceFilter {
    /// Have one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    pub status_in: Option<Vec<InvoiceStatus>>,
    /// Are of this kind.
    pub kind: Option<InvoiceKind>,
    /// Whether the day by which they are to be paid is over, and something is open.
    pub overdue: Option<bool>,
    /// Are to be paid before this day.
    pub due_before: Option<Day>,
    /// Were issued on this day or later.
    pub issued_from: Option<Day>,
    /// Were issued before this day.
    pub issued_until: Option<Day>,
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
            kind: filter.kind.map(Kind::from),
            overdue: filter.overdue,
            due_before: filter.due_before.map(|day| day.0),
            issued_from: filter.issued_from.map(|day| day.0),
            issued_until: filter.issued_until.map(|day| day.0),
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
        /// One invoice or credit note, by its id or by its number. Give exactly one of the two.
        invoice(InvoiceId, number: "The number that the invoice got at issue.");
        /// The invoices and credit notes that the caller may see.
        invoices(InvoiceFilter, TimeOrder);
    }
}
