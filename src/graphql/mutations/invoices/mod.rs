//! Mutations of invoices.

pub mod issue;

use async_graphql::MergedObject;

/// What can be done with invoices.
#[derive(Default, MergedObject)]
pub struct InvoiceMutations(issue::IssueInvoiceMutation);
