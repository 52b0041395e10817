//! `updateCreditNote`.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::InvoiceId;

use super::create_credit_note::{self, CreditNoteLineInput};
use crate::{
    error::Outcome,
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        types::{Invoice, UserError, enums::CreditReason},
    },
    services::{
        change::Change,
        invoices::update_credit_note::{ChangedDraft, UpdateCreditNote, update_credit_note},
        unit::Unit,
    },
};

/// Input of `updateCreditNote`.
#[derive(Debug, InputObject)]
pub struct UpdateCreditNoteInput {
    /// The draft.
    id: Id<InvoiceId>,
    /// Refuse with `VERSION_CONFLICT` unless the draft has this version.
    expected_version: Option<i32>,
    /// What is taken back of the invoice's lines instead of what was; null: all that is left of it.
    lines: MaybeUndefined<Vec<CreditNoteLineInput>>,
    /// Why.
    reason: MaybeUndefined<CreditReason>,
    /// What the customer is told about it; up to 1,000 characters.
    note: MaybeUndefined<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateCreditNote`.
#[derive(Debug, SimpleObject)]
pub struct UpdateCreditNotePayload {
    /// The draft as it is now; null if the request was refused.
    credit_note: Option<Invoice>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateCreditNoteMutation;

#[Object]
impl UpdateCreditNoteMutation {
    /// Changes the draft of a credit note that is of an invoice. A field that is missing keeps its value, and lines replace
    /// all lines: what they take back no more can be taken back by another.
    #[graphql(guard = "May(SELLERS)")]
    async fn update_credit_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: UpdateCreditNoteInput,
    ) -> Result<UpdateCreditNotePayload> {
        let key = input.idempotency_key.clone();
        let (credit_note, user_errors) = apply(ctx, key, input, update).await?;
        Ok(UpdateCreditNotePayload { credit_note, user_errors })
    }
}

async fn update(unit: &Unit, input: UpdateCreditNoteInput) -> Outcome<InvoiceId> {
    let lines = match change(input.lines, |lines| lines) {
        Change::Keep => Change::Keep,
        Change::Clear => Change::Clear,
        Change::Set(lines) => Change::Set(create_credit_note::lines(lines)?),
    };
    let draft = ChangedDraft {
        id: input.id.0,
        expected_version: input.expected_version.map(i64::from),
        reason: change(input.reason, Into::into),
        note: change(input.note, |note| note),
    };
    update_credit_note(unit, UpdateCreditNote { draft, lines }).await
}
