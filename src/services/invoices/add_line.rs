//! Charging something by hand: a line on a draft invoice.

use entity::{EventKind, InvoiceId, InvoiceKind, invoice, invoice_line};
use sea_orm::{EntityTrait, IntoActiveModel};

use super::{
    free_line::{self, FreeLine},
    issue, row, taxes,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{seller::customer_taxes::CustomerTaxes, unit::Unit, validate},
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
    let draft = issue::lock_draft(unit, command.invoice_id).await?;
    validate::version(command.expected_version, draft.version)?;
    if draft.credit_reason.is_some() || draft.kind == InvoiceKind::CreditNote {
        let message = "A credit note takes back what its own lines say. Charge it on an invoice.";
        return Err(Refusal::of(RefusalCode::ValidationFailed, "id", message).into());
    }
    let customer_taxes = CustomerTaxes::load(unit, draft.customer_id).await?;
    put(unit, &customer_taxes, draft, command.line).await
}

/// Puts a line on a locked draft.
pub(super) async fn put(
    unit: &Unit,
    customer_taxes: &CustomerTaxes,
    mut draft: invoice::Model,
    line: FreeLine,
) -> Outcome<InvoiceId> {
    let line = free_line::checked(unit, customer_taxes, "line", line).await?;
    let taxes::SoFar { next_number, mut lines } = taxes::so_far(unit, &draft).await?;
    let amount = line.amount;
    let row = line.row(&draft, next_number, amount, unit.now);
    lines.push(taxes::taxed(&draft, &row));
    taxes::sum_up(&mut draft, &lines)?;
    invoice_line::Entity::insert(row.into_active_model()).exec_without_returning(&unit.txn).await?;
    row::save(unit, &mut draft).await?;
    unit.record(row::about(EventKind::InvoiceLineAdded, &draft)).await?;
    Ok(draft.id)
}
