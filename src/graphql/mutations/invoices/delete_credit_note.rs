//! `deleteCreditNote`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::InvoiceId;

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::run,
        roles::{May, SELLERS},
        types::UserError,
    },
    services::invoices::delete_credit_note::{DeleteCreditNote, delete_credit_note},
};

/// Input of `deleteCreditNote`.
#[derive(Debug, InputObject)]
pub struct DeleteCreditNoteInput {
    /// The draft.
    id: Id<InvoiceId>,
    /// Refuse with `VERSION_CONFLICT` unless the draft has this version.
    expected_version: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `deleteCreditNote`.
#[derive(Debug, SimpleObject)]
pub struct DeleteCreditNotePayload {
    /// The id that the draft had; null if the request was refused.
    deleted_credit_note_id: Option<Id<InvoiceId>>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct DeleteCreditNoteMutation;

#[Object]
impl DeleteCreditNoteMutation {
    /// Deletes the draft of a credit note that somebody has begun. What it was to take back can be taken back again.
    #[graphql(guard = "May(SELLERS)")]
    async fn delete_credit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: DeleteCreditNoteInput,
    ) -> Result<DeleteCreditNotePayload> {
        let command = DeleteCreditNote {
            credit_note_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
        };
        let done = run(ctx, input.idempotency_key, command, delete_credit_note).await?;
        Ok(match done {
            Ok(id) => DeleteCreditNotePayload {
                deleted_credit_note_id: Some(Id(id)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => {
                DeleteCreditNotePayload { deleted_credit_note_id: None, user_errors }
            }
        })
    }
}
