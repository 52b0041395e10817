//! `updateStandaloneCreditNote`.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::InvoiceId;

use super::free_line::FreeLineInput;
use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        types::{Invoice, UserError, enums::CreditReason},
    },
    services::invoices::update_credit_note::{
        ChangedDraft, UpdateStandaloneCreditNote, update_standalone_credit_note,
    },
};

/// Input of `updateStandaloneCreditNote`.
#[derive(Debug, InputObject)]
pub struct UpdateStandaloneCreditNoteInput {
    /// The draft.
    id: Id<InvoiceId>,
    /// Refuse with `VERSION_CONFLICT` unless the draft has this version.
    expected_version: Option<i32>,
    /// What is given instead of what was; 1 to 100 lines.
    lines: MaybeUndefined<Vec<FreeLineInput>>,
    /// Why.
    reason: MaybeUndefined<CreditReason>,
    /// What the customer is told about it; up to 1,000 characters.
    note: MaybeUndefined<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateStandaloneCreditNote`.
#[derive(Debug, SimpleObject)]
pub struct UpdateStandaloneCreditNotePayload {
    /// The draft as it is now; null if the request was refused.
    credit_note: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateStandaloneCreditNoteMutation;

#[Object]
impl UpdateStandaloneCreditNoteMutation {
    /// Changes the draft of a credit note that no invoice is about. A field that is missing keeps its value, and lines replace
    /// all lines.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_standalone_credit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: UpdateStandaloneCreditNoteInput,
    ) -> Result<UpdateStandaloneCreditNotePayload> {
        let draft = ChangedDraft {
            id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            reason: change(input.reason, Into::into),
            note: change(input.note, |note| note),
        };
        let lines = change(input.lines, |lines| lines.into_iter().map(Into::into).collect());
        let command = UpdateStandaloneCreditNote { draft, lines };
        let (credit_note, user_errors) =
            apply(ctx, input.idempotency_key, command, update_standalone_credit_note).await?;
        Ok(UpdateStandaloneCreditNotePayload { credit_note, user_errors })
    }
}
