//! Issuing a document: it gets its number, its parties, its taxes, its PO numbers and its due date, and its amounts never
//! change again.

use chrono::{Days, NaiveDate};
use entity::{
    AccountTransactionKind, EventKind, InvoiceId, InvoiceKind, InvoiceStatus, invoice,
    invoice_line, tenant,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Statement};

use super::{
    account::{self, Account, Entry},
    parties, row, settle, taxes,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    planted::{self, Fault},
    services::{days, search, unit::Unit, validate},
};

/// Which draft is to be issued.
#[derive(Clone, Copy, Debug)]
pub struct IssueInvoice {
    pub invoice_id: InvoiceId,
    pub expected_version: Option<i64>,
}

/// Issues a draft that the caller names. Refused with `INVOICE_ALREADY_ISSUED`.
pub async fn issue_invoice(unit: &Unit, command: IssueInvoice) -> Outcome<InvoiceId> {
    let draft = lock_draft(unit, command.invoice_id).await?;
    validate::version(command.expected_version, draft.version)?;
    let issued = issue(unit, draft).await?;
    Ok(issued.id)
}

/// The draft that the caller names in the field `id`, locked. Refused with `INVOICE_ALREADY_ISSUED`.
pub(super) async fn lock_draft(unit: &Unit, id: InvoiceId) -> Outcome<invoice::Model> {
    let invoice = unit.lock::<invoice::Entity>(id).await?;
    if invoice.status == InvoiceStatus::Draft {
        return Ok(invoice);
    }
    let message = format!("{} has been issued.", invoice.number.unwrap_or_default());
    Err(Refusal::of(RefusalCode::InvoiceAlreadyIssued, "id", message).into())
}

/// Issues a draft that is locked. Its number is the next of its kind's series, without gaps, taken in this transaction.
/// Each line keeps the PO number of the order line that caused it, or else of its order, of its subscription, or the
/// default of the agreement under which that was bought (APG-12, APG-16).
///
/// A draft that comes to less than nothing becomes a credit note. It pays what is still open of the invoices that it
/// takes something back of; the rest is an allowance on the customer's account. An invoice is paid from that account as
/// far as there is something on it.
pub async fn issue(unit: &Unit, draft: invoice::Model) -> Outcome<invoice::Model> {
    issue_with(unit, draft, false).await
}

/// Issues a draft that is locked; `refund` says whether what a credit note leaves for the customer is paid out, and not
/// kept on the account.
pub(super) async fn issue_with(
    unit: &Unit,
    mut invoice: invoice::Model,
    refund: bool,
) -> Outcome<invoice::Model> {
    keep_po_numbers(unit, &invoice).await?;
    let corrected = settle::lock_corrected(unit, &invoice).await?;
    let tenant = unit.lock_tenant().await?;
    // What somebody credits by hand was worked out from the invoice that it is of.
    if invoice.credit_reason.is_none() {
        invoice.rounding_mode = tenant.rounding_mode;
        let mut lines = taxes::so_far(unit, &invoice).await?.lines;
        if planted::is(Fault::SumsShort) && rand::random_ratio(1, 8) {
            lines.pop();
        }
        let totals = taxes::sum_up(&mut invoice, &lines)?;
        invoice.kind = kind_of(&invoice);
        if let (InvoiceKind::CreditNote, [only]) = (invoice.kind, corrected.as_slice()) {
            invoice.corrects_invoice_id = Some(only.id);
        }
        taxes::keep(unit, &invoice, &totals).await?;
    }
    give_number(unit, &tenant, &mut invoice).await?;
    match invoice.kind {
        InvoiceKind::Invoice => pay_from_account(unit, &mut invoice).await?,
        InvoiceKind::CreditNote => settle_credit(unit, &mut invoice, corrected, refund).await?,
    }
    row::save(unit, &mut invoice).await?;
    let kind = match invoice.kind {
        InvoiceKind::Invoice => EventKind::InvoiceIssued,
        InvoiceKind::CreditNote => EventKind::CreditNoteIssued,
    };
    let issued = row::about(kind, &invoice)
        .by_order(invoice.order_id)
        .with_statuses(Some(InvoiceStatus::Draft.as_str()), InvoiceStatus::Issued.as_str());
    unit.record(issued).await?;
    if invoice.status != InvoiceStatus::Issued && invoice.kind == InvoiceKind::Invoice {
        unit.record(settle::settled(&invoice, InvoiceStatus::Issued)).await?;
    }
    Ok(invoice)
}

/// What comes to less than nothing is a credit note, what comes to more an invoice; nothing at all stays what it was.
fn kind_of(invoice: &invoice::Model) -> InvoiceKind {
    match invoice.gross_amount {
        ..0 => InvoiceKind::CreditNote,
        0 => invoice.kind,
        1.. => InvoiceKind::Invoice,
    }
}

/// Gives the document the next number of its series, its dates and its parties.
async fn give_number(
    unit: &Unit,
    tenant: &tenant::Model,
    invoice: &mut invoice::Model,
) -> Outcome<()> {
    let today = days::of(tenant, unit.now)?;
    let issued_on = last_issued_on(unit, invoice.kind).await?.map_or(today, |day| day.max(today));
    let (prefix, number) = match invoice.kind {
        InvoiceKind::Invoice => (&tenant.invoice_prefix, tenant.next_invoice_number),
        InvoiceKind::CreditNote => (&tenant.credit_note_prefix, tenant.next_credit_note_number),
    };
    let width = usize::try_from(tenant.number_width).unwrap_or_default();
    let number = format!("{prefix}{number:0width$}");
    search::index(&unit.txn, search::Kind::Invoice, invoice.id.0, &[&number]).await?;
    invoice.number = Some(number);
    invoice.status = InvoiceStatus::Issued;
    invoice.issued_at = Some(unit.now);
    invoice.issued_on = Some(issued_on);
    invoice.due_on = Some(due_on(unit, tenant, invoice, issued_on).await?);
    invoice.time_zone.clone_from(&tenant.time_zone);
    invoice.seller = Some(parties::seller(tenant));
    invoice.buyer = Some(parties::buyer(unit, invoice).await?);
    let burnt = i64::from(planted::is(Fault::NumberBurnt) && rand::random_ratio(1, 8));
    let mut tenant = tenant.clone();
    match invoice.kind {
        InvoiceKind::Invoice => tenant.next_invoice_number += 1 + burnt,
        InvoiceKind::CreditNote => tenant.next_credit_note_number += 1,
    }
    Ok(unit.save_tenant(tenant).await?)
}

/// The newest day in a series: the days of documents never fall while their numbers rise.
async fn last_issued_on(unit: &Unit, kind: InvoiceKind) -> Outcome<Option<NaiveDate>> {
    let last: Option<Option<NaiveDate>> = invoice::Entity::find()
        .select_only()
        .column_as(invoice::Column::IssuedOn.max(), "last")
        .filter(invoice::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(invoice::Column::Kind.eq(kind))
        .into_tuple()
        .one(&unit.txn)
        .await?;
    Ok(last.flatten())
}

/// So many days after it is issued, and not before what it charges is due (IFS-41).
async fn due_on(
    unit: &Unit,
    tenant: &tenant::Model,
    invoice: &invoice::Model,
    issued_on: NaiveDate,
) -> Outcome<NaiveDate> {
    let terms = u64::try_from(tenant.payment_terms_days).unwrap_or_default();
    let agreed = issued_on.checked_add_days(Days::new(terms)).unwrap_or(issued_on);
    if invoice.kind == InvoiceKind::CreditNote {
        return Ok(issued_on);
    }
    let last: Option<Option<NaiveDate>> = invoice_line::Entity::find()
        .select_only()
        .column_as(invoice_line::Column::DueOn.max(), "last")
        .filter(invoice_line::Column::TenantId.eq(invoice.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(invoice.id))
        .into_tuple()
        .one(&unit.txn)
        .await?;
    Ok(last.flatten().map_or(agreed, |day| day.max(agreed)))
}

/// What is on the customer's account pays what it can, the oldest of it first.
async fn pay_from_account(unit: &Unit, invoice: &mut invoice::Model) -> Outcome<()> {
    settle::open(unit, invoice, invoice.gross_amount);
    let balance = account::balance(unit, &Account::of(invoice)).await?;
    let paid = balance.min(invoice.open_amount);
    if paid > 0 {
        let entry = Entry { kind: AccountTransactionKind::Payment, amount: -paid };
        account::enter(unit, invoice, entry, None).await?;
        settle::open(unit, invoice, invoice.open_amount - paid);
    }
    Ok(())
}

/// What a credit note gives back goes off what is open of the invoices that it is of; the rest is the customer's.
async fn settle_credit(
    unit: &Unit,
    credit_note: &mut invoice::Model,
    corrected: Vec<invoice::Model>,
    refund: bool,
) -> Outcome<()> {
    let mut credit = -credit_note.gross_amount;
    let is_of_one = corrected.len() == 1;
    for invoice in corrected {
        // Of several, nobody knows how much of the credit is about which.
        let settlement = if is_of_one {
            settle::credit(&unit.txn, &invoice, credit).await?
        } else {
            settle::settlement(credit, invoice.open_amount, 0)?
        };
        if settlement.off_write_off > 0 {
            account::write_off(unit, &invoice, -settlement.off_write_off, None).await?;
        }
        settle::take_off(unit, invoice, settlement.off_invoice).await?;
        credit = settlement.to_customer;
    }
    if credit > 0 {
        let entry = Entry { kind: AccountTransactionKind::Allowance, amount: credit };
        account::enter(unit, credit_note, entry, None).await?;
        if refund {
            let entry = Entry { kind: AccountTransactionKind::Refund, amount: -credit };
            account::enter(unit, credit_note, entry, None).await?;
        }
    }
    settle::open(unit, credit_note, 0);
    Ok(())
}

/// All lines in one statement, because a draft may have collected thousands. A line that has one keeps it.
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
            ) WHERE tenant_id = $1 AND invoice_id = $2 AND po_number IS NULL"#,
            [invoice.tenant_id.into(), invoice.id.into()],
        ))
        .await?;
    Ok(())
}
