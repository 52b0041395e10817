//! Charging something by hand: a line on a draft invoice.

use entity::{EventKind, InvoiceId, invoice_line};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::{
    create_credit_note::{FreeLine, checked},
    issue, row, taxes,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{unit::Unit, validate},
};

/// What is charged, and on which draft.
#[derive(Clone, Debug)]
pub struct AddInvoiceLine {
    pub invoice_id: InvoiceId,
    pub expected_version: Option<i64>,
    pub line: FreeLine,
}

/// Adds a line that is about no subscription to a draft (APG-23). Refused with `INVOICE_ALREADY_ISSUED`; the draft of a
/// credit note takes none.
pub async fn add_invoice_line(unit: &Unit, command: AddInvoiceLine) -> Outcome<InvoiceId> {
    let line = checked("line", command.line)?;
    let mut draft = issue::lock_draft(unit, command.invoice_id).await?;
    validate::version(command.expected_version, draft.version)?;
    if draft.credit_reason.is_some() {
        let message = "A credit note takes back what its own lines say. Charge it on an invoice.";
        return Err(Refusal::of(RefusalCode::ValidationFailed, "id", message).into());
    }
    let count = invoice_line::Entity::find()
        .filter(invoice_line::Column::TenantId.eq(draft.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(draft.id))
        .count(&unit.txn)
        .await?;
    let place = usize::try_from(count).unwrap_or(usize::MAX);
    let amount = line.amount;
    let row = line.row(&draft, place, amount, unit.now).into_active_model();
    invoice_line::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    let totals = taxes::of_lines(unit, &draft).await?;
    draft.net_amount = totals.net;
    draft.tax_amount = totals.tax;
    draft.gross_amount = totals.gross;
    row::save(unit, &mut draft).await?;
    unit.record(row::about(EventKind::InvoiceLineAdded, &draft)).await?;
    Ok(draft.id)
}
