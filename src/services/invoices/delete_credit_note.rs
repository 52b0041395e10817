//! Deleting the draft of a credit note.

use entity::{EventKind, InvoiceId, invoice};
use sea_orm::EntityTrait;

use super::{credit_draft, row};
use crate::{
    error::Outcome,
    services::{unit::Unit, validate},
};

/// Which draft is to go.
#[derive(Clone, Copy, Debug)]
pub struct DeleteCreditNote {
    pub credit_note_id: InvoiceId,
    pub expected_version: Option<i64>,
}

/// Deletes a draft that somebody has begun. What it was to take back can be taken back by others again. Its events stay in
/// the log. Refused with `INVOICE_ALREADY_ISSUED`.
pub async fn delete_credit_note(unit: &Unit, command: DeleteCreditNote) -> Outcome<InvoiceId> {
    let draft = credit_draft::lock(unit, command.credit_note_id).await?;
    validate::version(command.expected_version, draft.version)?;
    if let Some(mut invoice) = credit_draft::empty(unit, &draft).await? {
        row::save(unit, &mut invoice).await?;
    }
    unit.record(row::about(EventKind::CreditNoteDeleted, &draft)).await?;
    invoice::Entity::delete_by_id(draft.id).exec(&unit.txn).await?;
    Ok(draft.id)
}
