//! Issuing an invoice: it gets its number, its PO numbers and its due date, and never changes again.

use chrono::Days;
use entity::{EventKind, InvoiceId, InvoiceStatus, invoice, tenant};
use sea_orm::{ConnectionTrait, Statement};

use super::row;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{search, unit::Unit, validate},
};

/// Which draft is to be issued.
#[derive(Clone, Copy, Debug)]
pub struct IssueInvoice {
    pub invoice_id: InvoiceId,
    pub expected_version: Option<i64>,
}

/// Issues a draft. Its number is the tenant's next, without gaps. Each line keeps the PO number of the order line that
/// caused it, or else of its order, of its subscription, or the default of the agreement under which that was bought
/// (APG-12, APG-16).
///
/// Refused with `INVOICE_ALREADY_ISSUED`; and with `INVOICE_BELOW_ZERO`, because nobody can be asked to pay less than
/// nothing. Such a draft stays open, and what is charged later is set off against it.
pub async fn issue_invoice(unit: &Unit, command: IssueInvoice) -> Outcome<InvoiceId> {
    let mut invoice = unit.lock::<invoice::Entity>(command.invoice_id).await?;
    if invoice.status == InvoiceStatus::Issued {
        let message = format!("Invoice {} has been issued.", invoice.number.unwrap_or_default());
        return Err(Refusal::of(RefusalCode::InvoiceAlreadyIssued, "id", message).into());
    }
    validate::version(command.expected_version, invoice.version)?;
    if invoice.gross_amount < 0 {
        let message = "The draft comes to less than nothing, so it cannot be issued as an invoice. It stays open, and \
                       what is charged later is set off against it.";
        return Err(Refusal::of(RefusalCode::InvoiceBelowZero, "id", message).into());
    }
    keep_po_numbers(unit, &invoice).await?;
    let tenant = take_number(unit).await?;
    let day = unit.now.date_naive();
    let terms = u64::try_from(tenant.payment_terms_days).unwrap_or_default();
    let number = format!("INV-{:06}", tenant.next_invoice_number);
    search::index(&unit.txn, search::Kind::Invoice, invoice.id.0, &[&number]).await?;
    invoice.number = Some(number);
    invoice.status = InvoiceStatus::Issued;
    invoice.issued_at = Some(unit.now);
    invoice.due_on = Some(day.checked_add_days(Days::new(terms)).unwrap_or(day));
    row::save(unit, &mut invoice).await?;
    let event = row::about(EventKind::InvoiceIssued, &invoice)
        .with_statuses(Some(InvoiceStatus::Draft.as_str()), InvoiceStatus::Issued.as_str());
    unit.record(event).await?;
    Ok(invoice.id)
}

/// Counts up and gives the tenant as it was before.
async fn take_number(unit: &Unit) -> Outcome<tenant::Model> {
    let tenant = unit.lock_tenant().await?;
    let next_invoice_number = tenant.next_invoice_number + 1;
    unit.save(tenant::Model { next_invoice_number, ..tenant.clone() }).await?;
    Ok(tenant)
}

/// All lines in one statement, because a draft may have collected thousands.
async fn keep_po_numbers(unit: &Unit, invoice: &invoice::Model) -> Outcome<()> {
    unit.txn
        .execute_raw(Statement::from_sql_and_values(
            unit.txn.get_database_backend(),
            r#"UPDATE invoice_line SET po_number = COALESCE(
                (SELECT COALESCE(order_line.po_number, "order".po_number)
                 FROM order_line
                 JOIN "order" ON "order".tenant_id = order_line.tenant_id
                     AND "order".id = order_line.order_id
                 WHERE order_line.tenant_id = invoice_line.tenant_id
                     AND order_line.id = invoice_line.order_line_id),
                (SELECT COALESCE(subscription.po_number, agreement.default_po_number)
                 FROM subscription
                 LEFT JOIN agreement ON agreement.tenant_id = subscription.tenant_id
                     AND agreement.id = subscription.agreement_id
                 WHERE subscription.tenant_id = invoice_line.tenant_id
                     AND subscription.id = invoice_line.subscription_id)
            ) WHERE tenant_id = $1 AND invoice_id = $2"#,
            [invoice.tenant_id.into(), invoice.id.into()],
        ))
        .await?;
    Ok(())
}
