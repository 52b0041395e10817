//! Changing the draft of a credit note.

use entity::{CreditReason, EventKind, InvoiceId, invoice};

use super::{
    credit::CreditLine,
    credit_draft,
    free_line::{self, FreeLine},
    row,
};
use crate::{
    error::{Outcome, Refusal},
    services::{change::Change, seller::customer_taxes::CustomerTaxes, unit::Unit, validate},
};

/// What is to be different about a draft. What is kept stays as it is; lines replace all lines.
#[derive(Clone, Debug)]
pub struct UpdateCreditNote {
    pub draft: ChangedDraft,
    /// Cleared: all that is left of the invoice.
    pub lines: Change<Vec<CreditLine>>,
}

/// The same, for a draft that takes nothing back.
#[derive(Clone, Debug)]
pub struct UpdateStandaloneCreditNote {
    pub draft: ChangedDraft,
    pub lines: Change<Vec<FreeLine>>,
}

#[derive(Clone, Debug)]
pub struct ChangedDraft {
    pub id: InvoiceId,
    pub expected_version: Option<i64>,
    pub reason: Change<CreditReason>,
    pub note: Change<String>,
}

/// Changes a draft that takes something back of an invoice. What it takes back no more can be taken back by others.
///
/// Refused as `createCreditNote` is, and with `INVOICE_ALREADY_ISSUED`.
pub async fn update_credit_note(unit: &Unit, command: UpdateCreditNote) -> Outcome<InvoiceId> {
    let before = lock(unit, &command.draft).await?;
    if before.corrects_invoice_id.is_none() {
        let message = "It takes nothing back of an invoice: use updateStandaloneCreditNote.";
        return Err(Refusal::invalid("id", message).into());
    }
    let mut draft = changed(&before, command.draft)?;
    let lines = command.lines.changed();
    if let Some(lines) = &lines
        && let Some(invoice) = credit_draft::empty(unit, &draft).await?
    {
        let credit = credit_draft::decide(unit, &invoice, lines.as_deref()).await?;
        credit_draft::sum_up(&mut draft, &credit);
        credit_draft::take_back(unit, &draft, invoice, &credit).await?;
    }
    save(unit, draft, &before, lines.is_some()).await
}

/// Changes a draft that takes nothing back.
///
/// Refused as `createStandaloneCreditNote` is, and with `INVOICE_ALREADY_ISSUED`.
pub async fn update_standalone_credit_note(
    unit: &Unit,
    command: UpdateStandaloneCreditNote,
) -> Outcome<InvoiceId> {
    let before = lock(unit, &command.draft).await?;
    if before.corrects_invoice_id.is_some() {
        let message = "It takes something back of an invoice: use updateCreditNote.";
        return Err(Refusal::invalid("id", message).into());
    }
    let mut draft = changed(&before, command.draft)?;
    let mut lines = None;
    command.lines.put(&mut lines, "lines", |_, lines| Ok(Some(lines)))?;
    let relined = lines.is_some();
    if let Some(lines) = lines {
        let charged = CustomerTaxes::load(unit, draft.customer_id).await?;
        let lines = free_line::all_checked(unit, &charged, lines).await?;
        credit_draft::empty(unit, &draft).await?;
        let totals = credit_draft::sum_up_given(&mut draft, &lines)?;
        credit_draft::give(unit, &draft, lines, &totals).await?;
    }
    save(unit, draft, &before, relined).await
}

async fn lock(unit: &Unit, changes: &ChangedDraft) -> Outcome<invoice::Model> {
    let draft = credit_draft::lock(unit, changes.id).await?;
    validate::version(changes.expected_version, draft.version)?;
    Ok(draft)
}

fn changed(before: &invoice::Model, changes: ChangedDraft) -> Result<invoice::Model, Refusal> {
    let mut draft = before.clone();
    changes.note.put_optional(&mut draft.note, "note", validate::note)?;
    let mut reason = draft.credit_reason.unwrap_or(CreditReason::Other);
    changes.reason.put(&mut reason, "reason", validate::any)?;
    draft.credit_reason = Some(reason);
    Ok(draft)
}

async fn save(
    unit: &Unit,
    mut draft: invoice::Model,
    before: &invoice::Model,
    relined: bool,
) -> Outcome<InvoiceId> {
    if relined || draft != *before {
        row::save(unit, &mut draft).await?;
        unit.record(row::about(EventKind::CreditNoteUpdated, &draft)).await?;
    }
    Ok(draft.id)
}
