//! `issueInvoice`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::InvoiceId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Invoice, UserError},
    },
    services::invoices::issue::{IssueInvoice, issue_invoice},
};

/// Input of `issueInvoice`.
#[derive(Debug, InputObject)]
pub struct IssueInvoiceInput {
    /// The draft.
    id: Id<InvoiceId>,
    /// Refuse with `VERSION_CONFLICT` unless the invoice has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `issueInvoice`.
#[derive(Debug, SimpleObject)]
pub struct IssueInvoicePayload {
    /// The invoice as it is now; null if the request was refused.
    invoice: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct IssueInvoiceMutation;

#[Object]
impl IssueInvoiceMutation {
    /// Issues a draft invoice: it gets its number, its due date and the PO numbers of its lines, and never changes again.
    #[graphql(guard = "May(SELLERS)")]
    async fn issue_invoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: IssueInvoiceInput,
    ) -> Result<IssueInvoicePayload> {
        let command = IssueInvoice {
            invoice_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let (invoice, user_errors) =
            apply(ctx, input.idempotency_key, command, issue_invoice).await?;
        Ok(IssueInvoicePayload { invoice, user_errors })
    }
}
