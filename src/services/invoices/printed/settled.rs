//! By what an invoice was settled, and what became of what a credit note gives back.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::viewer::Viewer;
use entity::{
    AccountTransactionKind, InvoiceId, InvoiceKind, account_transaction, invoice, invoice_line,
    line_correction, payment,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::{Reference, references};
use crate::{access, app::App, error::Outcome, services::below};

/// A part of what an invoice came to, or of what a credit note gives back, above zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub by: Settlement,
    pub amount: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Of an invoice: somebody has paid.
    Payment { received_on: NaiveDate, reference: String },
    /// Of an invoice: the customer had it on its account.
    FromAccount,
    /// Of an invoice: nobody asks for it any more.
    WrittenOff,
    /// Of an invoice: these credit notes took it off.
    CreditNotes(Vec<Reference>),
    /// Of a credit note: taken off these invoices.
    OffInvoices(Vec<Reference>),
    /// Of a credit note: put on the customer's account.
    ToAccount,
    /// Of a credit note: paid out.
    Refunded,
}

/// What was settled of an issued invoice; or where an issued credit note went, which takes something back of `corrected`.
pub(super) async fn of(
    app: &App,
    viewer: &Viewer,
    invoice: &invoice::Model,
    corrected: &[Reference],
) -> Outcome<Vec<Settled>> {
    let moved = moved(viewer).filter(account_transaction::Column::InvoiceId.eq(invoice.id));
    let moved = moved.all(app.store.readers()).await?;
    if invoice.kind == InvoiceKind::CreditNote {
        return Ok(of_credit_note(invoice, &moved, corrected));
    }
    if invoice.paid_amount == 0 {
        return Ok(Vec::new());
    }
    let payments = below::payments_of_invoice(viewer, invoice.id).all(app.store.readers()).await?;
    let credit_notes = credit_notes(app, viewer, invoice).await?;
    Ok(of_invoice(invoice, &payments, &moved, credit_notes))
}

/// What moved on accounts, oldest first.
fn moved(viewer: &Viewer) -> Select<account_transaction::Entity> {
    access::visible::<account_transaction::Entity>(viewer)
        .order_by_asc(account_transaction::Column::CreatedAt)
        .order_by_asc(account_transaction::Column::Id)
}

/// The credit notes that took something off what was open of an invoice.
async fn credit_notes(
    app: &App,
    viewer: &Viewer,
    invoice: &invoice::Model,
) -> Outcome<Vec<Reference>> {
    let readers = app.store.readers();
    let own_lines = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::Id)
        .filter(invoice_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(invoice_line::Column::InvoiceId.eq(invoice.id));
    let credits = line_correction::Entity::find()
        .select_only()
        .column(line_correction::Column::LineId)
        .filter(line_correction::Column::TenantId.eq(viewer.tenant_id))
        .filter(line_correction::Column::CorrectsLineId.in_subquery(own_lines.into_query()));
    let documents: Vec<InvoiceId> = invoice_line::Entity::find()
        .select_only()
        .column(invoice_line::Column::InvoiceId)
        .distinct()
        .filter(invoice_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(invoice_line::Column::Id.in_subquery(credits.into_query()))
        .into_tuple()
        .all(readers)
        .await?;
    let mut issued = references(app, viewer, documents).await?;
    issued.retain(|_, it| it.kind == InvoiceKind::CreditNote);
    let given = moved(viewer)
        .filter(account_transaction::Column::InvoiceId.is_in(issued.keys().copied()))
        .filter(account_transaction::Column::Kind.eq(AccountTransactionKind::Allowance))
        .all(readers)
        .await?;
    for entry in given {
        // One whose whole amount went to the account took nothing off.
        let is_all = |it: &invoice::Model| entry.amount == -it.gross_amount;
        if let Some(id) = entry.invoice_id.filter(|id| issued.get(id).is_some_and(is_all)) {
            issued.remove(&id);
        }
    }
    let mut references: Vec<_> = issued.into_values().filter_map(Reference::to).collect();
    references.sort_unstable();
    Ok(references)
}

fn of_invoice(
    invoice: &invoice::Model,
    payments: &[payment::Model],
    moved: &[account_transaction::Model],
    credit_notes: Vec<Reference>,
) -> Vec<Settled> {
    let payments: Vec<_> = payments.iter().filter(|it| it.reversed_at.is_none()).collect();
    let counts = |id| payments.iter().any(|payment| payment.id == id);
    let paid_with = moved.iter().filter(|it| it.kind == AccountTransactionKind::Payment);
    let mut beyond: HashMap<_, i64> = HashMap::new();
    let (mut from_account, mut written_off) = (0, 0);
    for entry in paid_with {
        match entry.payment_id {
            // What was paid too much went to the account, or was kept.
            Some(payment) if entry.amount > 0 && counts(payment) => {
                *beyond.entry(payment).or_default() += entry.amount;
            }
            // Of one that was reversed, what was written off with it and then credited is left.
            Some(_) => written_off -= entry.amount,
            // What had been written off was credited after all.
            None if entry.amount > 0 => written_off -= entry.amount,
            None => from_account -= entry.amount,
        }
    }
    let mut settled: Vec<_> = payments
        .iter()
        .map(|payment| Settled {
            by: Settlement::Payment {
                received_on: payment.received_on,
                reference: payment.reference.clone(),
            },
            amount: payment.amount - beyond.get(&payment.id).copied().unwrap_or_default(),
        })
        .collect();
    settled.push(Settled { by: Settlement::FromAccount, amount: from_account });
    settled.push(Settled { by: Settlement::WrittenOff, amount: written_off });
    let known: i64 = settled.iter().map(|it| it.amount).sum();
    let amount = invoice.paid_amount - known;
    settled.push(Settled { by: Settlement::CreditNotes(credit_notes), amount });
    settled.retain(|it| it.amount != 0);
    settled
}

fn of_credit_note(
    credit_note: &invoice::Model,
    moved: &[account_transaction::Model],
    corrected: &[Reference],
) -> Vec<Settled> {
    let sum = |kind| moved.iter().filter(|it| it.kind == kind).map(|it| it.amount).sum::<i64>();
    let given = sum(AccountTransactionKind::Allowance);
    let refunded = -sum(AccountTransactionKind::Refund);
    let off = -credit_note.gross_amount - given;
    let mut settled = vec![
        Settled { by: Settlement::OffInvoices(corrected.to_vec()), amount: off },
        Settled { by: Settlement::ToAccount, amount: given - refunded },
        Settled { by: Settlement::Refunded, amount: refunded },
    ];
    settled.retain(|it| it.amount != 0);
    settled
}
