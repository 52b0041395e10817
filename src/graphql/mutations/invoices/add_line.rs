//! `addInvoiceLine`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::InvoiceId;

use super::free_line::FreeLineInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, SELLERS},
        types::{Invoice, UserError},
    },
    services::invoices::add_line::{AddInvoiceLine, add_invoice_line},
};

/// Input of `addInvoiceLine`.
#[derive(Debug, InputObject)]
pub struct AddInvoiceLineInput {
    /// The draft invoice.
    id: Id<InvoiceId>,
    /// What is charged.
    line: FreeLineInput,
    /// Refuse with `VERSION_CONFLICT` unless the draft has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `addInvoiceLine`.
#[derive(Debug, SimpleObject)]
pub struct AddInvoiceLinePayload {
    /// The invoice as it is now; null if the request was refused.
    invoice: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct AddInvoiceLineMutation;

#[Object]
impl AddInvoiceLineMutation {
    /// Charges something by hand, on a draft invoice. What is charged for later periods stays as it is.
    #[graphql(guard = "May(SELLERS)")]
    async fn add_invoice_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: AddInvoiceLineInput,
    ) -> Result<AddInvoiceLinePayload> {
        let command = AddInvoiceLine {
            invoice_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            line: input.line.into(),
        };
        let (invoice, user_errors) =
            apply(ctx, input.idempotency_key, command, add_invoice_line).await?;
        Ok(AddInvoiceLinePayload { invoice, user_errors })
    }
}
