//! `issueCreditNote`.

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
    services::invoices::issue_credit_note::{IssueCreditNote, issue_credit_note},
};

/// Input of `issueCreditNote`.
#[derive(Debug, InputObject)]
pub struct IssueCreditNoteInput {
    /// The draft.
    id: Id<InvoiceId>,
    /// Whether what is left for the customer is paid out. Without it, it stays on the customer's account.
    refund: Option<bool>,
    /// Refuse with `VERSION_CONFLICT` unless the draft has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `issueCreditNote`.
#[derive(Debug, SimpleObject)]
pub struct IssueCreditNotePayload {
    /// The credit note as it is now; null if the request was refused.
    credit_note: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct IssueCreditNoteMutation;

#[Object]
impl IssueCreditNoteMutation {
    /// Issues the draft of a credit note. It pays what is still open of the invoices that it takes something back of; the
    /// rest is the customer's: an allowance on its account, or, if asked for, a refund.
    #[graphql(guard = "May(SELLERS)")]
    async fn issue_credit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: IssueCreditNoteInput,
    ) -> Result<IssueCreditNotePayload> {
        let command = IssueCreditNote {
            credit_note_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            refund: input.refund.unwrap_or_default(),
        };
        let (credit_note, user_errors) =
            apply(ctx, input.idempotency_key, command, issue_credit_note).await?;
        Ok(IssueCreditNotePayload { credit_note, user_errors })
    }
}
