//! What is still to be paid of a document, and the status that follows from it (APG-20, IFS-38).

use domain::{billing::CreditSettlement, money};
use entity::{EventKind, InvoiceStatus, invoice, invoice_line, line_correction};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::{
    account,
    corrections::{self, Corrections},
    row, taxes,
};
use crate::{
    error::Outcome,
    events::log::NewEvent,
    services::unit::{Unit, locked},
};

/// The issued invoices of which a document takes something back, oldest first, locked.
pub(super) async fn lock_corrected(
    unit: &Unit,
    of: &invoice::Model,
) -> Outcome<Vec<invoice::Model>> {
    let own_lines = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::Id)
        .filter(invoice_line::Column::TenantId.eq(of.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(of.id))
        .into_query();
    let corrected_lines = line_correction::Entity::find()
        .select_only()
        .column(line_correction::Column::CorrectsLineId)
        .filter(line_correction::Column::TenantId.eq(of.tenant_id))
        .filter(line_correction::Column::LineId.in_subquery(own_lines))
        .into_query();
    let corrected = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::InvoiceId)
        .filter(invoice_line::Column::TenantId.eq(of.tenant_id))
        .filter(invoice_line::Column::Id.in_subquery(corrected_lines))
        .into_query();
    let invoices = invoice::Entity::find()
        .filter(invoice::Column::TenantId.eq(of.tenant_id))
        .filter(invoice::Column::Id.in_subquery(corrected))
        .filter(invoice::Column::Id.ne(of.id))
        .filter(invoice::Column::Status.ne(InvoiceStatus::Draft))
        .order_by_asc(invoice::Column::Id);
    Ok(locked(invoices).all(&unit.txn).await?)
}

/// Says what is open of a document from now on. Of one with nothing open, nothing is asked for any more.
pub(super) fn open(unit: &Unit, invoice: &mut invoice::Model, open_amount: i64) {
    invoice.open_amount = open_amount;
    invoice.paid_amount = invoice.gross_amount - open_amount;
    if open_amount == 0 && invoice.status == InvoiceStatus::Issued {
        invoice.status = InvoiceStatus::Paid;
        invoice.settled_at = Some(unit.now);
    }
}

/// Has so much be open again of a document that was settled by what turned out to be nothing.
pub(super) fn reopen(invoice: &mut invoice::Model, amount: i64) -> Outcome<()> {
    invoice.open_amount = money::sum([invoice.open_amount, amount]).map_err(taxes::too_large)?;
    invoice.paid_amount = invoice.gross_amount - invoice.open_amount;
    if invoice.open_amount != 0 {
        invoice.status = InvoiceStatus::Issued;
        invoice.settled_at = None;
    }
    Ok(())
}

/// Takes so much off what is open of a locked invoice of which a credit note takes something back. One of which all was
/// taken back, and of which nothing is open, is credited.
pub(super) async fn take_off(unit: &Unit, mut invoice: invoice::Model, amount: i64) -> Outcome<()> {
    let (before, left) = (invoice.status, invoice.open_amount - amount);
    open(unit, &mut invoice, left);
    if invoice.open_amount == 0 && is_credited(unit, &invoice).await? {
        invoice.status = InvoiceStatus::Credited;
    }
    row::save(unit, &mut invoice).await?;
    if invoice.status != before {
        unit.record(settled(&invoice, before)).await?;
    }
    Ok(())
}

/// What is told of a document of which nothing is open any more.
pub(super) fn settled(invoice: &invoice::Model, before: InvoiceStatus) -> NewEvent {
    row::about(EventKind::InvoicePaid, invoice)
        .with_statuses(Some(before.as_str()), invoice.status.as_str())
}

/// Where so much goes that is given back of an invoice alone.
pub(super) async fn credit(
    db: &impl ConnectionTrait,
    invoice: &invoice::Model,
    gross: i64,
) -> Outcome<CreditSettlement> {
    let written_off = account::written_off(db, invoice).await?;
    settlement(gross, invoice.open_amount, written_off)
}

/// Where so much goes that is given back of something with so much open, and so much written off.
pub(super) fn settlement(gross: i64, open: i64, written_off: i64) -> Outcome<CreditSettlement> {
    let settlement = domain::billing::settle_credit(gross, open, written_off);
    Ok(settlement.map_err(taxes::too_large)?)
}

/// Whether nothing is left of any line.
async fn is_credited(unit: &Unit, invoice: &invoice::Model) -> Outcome<bool> {
    let lines = corrections::lines_of(invoice).all(&unit.txn).await?;
    let corrections = Corrections::load(&unit.txn, invoice, &lines).await?;
    Ok(lines.iter().all(|line| corrections.creditable(line).left() == Ok(0)))
}
