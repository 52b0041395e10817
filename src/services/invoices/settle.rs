//! What is still to be paid of a document, and the status that follows from it (APG-20, IFS-38).

use entity::{EventKind, InvoiceStatus, invoice, invoice_line, line_correction};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    SelectExt, sea_query::Expr,
};

use super::row;
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

/// Whether nothing is left of any line.
async fn is_credited(unit: &Unit, invoice: &invoice::Model) -> Outcome<bool> {
    let left = invoice_line::Entity::find()
        .filter(invoice_line::Column::TenantId.eq(invoice.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(invoice.id))
        .filter(
            Expr::col(invoice_line::Column::CreditedAmount)
                .ne(Expr::col(invoice_line::Column::NetAmount)),
        );
    Ok(!left.exists(&unit.txn).await?)
}
