//! Taking back a payment that was recorded and was none: one that bounced, or that was of another invoice.

use entity::{AccountTransactionKind, EventKind, PaymentId, invoice, payment};

use super::{
    account::{self, Entry, OfPayment},
    create_credit_note::lock_invoice,
    row, settle,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{unit::Unit, validate},
};

/// Which payment was none, and why.
#[derive(Clone, Debug)]
pub struct ReversePayment {
    pub payment_id: PaymentId,
    pub reason: String,
}

/// Has what a payment settled be open again, and takes what it left on the customer's account off it, also where that is
/// spent: the account is below zero then. Its reference may be given to another payment.
///
/// Refused with `PAYMENT_NOT_FOUND` and `PAYMENT_ALREADY_REVERSED`.
pub async fn reverse_payment(unit: &Unit, command: ReversePayment) -> Outcome<PaymentId> {
    let reason = validate::required_note("reason", command.reason)?;
    let id = command.payment_id;
    let named = unit.require::<payment::Entity>(id, "id").await??;
    let mut invoice = lock_invoice(unit, named.invoice_id).await?;
    // As it is by now: whoever reverses it has the invoice locked.
    let payment = unit.require::<payment::Entity>(id, "id").await??;
    if let Some(at) = payment.reversed_at {
        let message = format!("It was reversed on {}.", at.date_naive());
        return Err(Refusal::of(RefusalCode::PaymentAlreadyReversed, "id", message).into());
    }
    let before = invoice.status;
    // Whoever takes something off an account holds this lock.
    unit.lock_tenant().await?;
    take_back(unit, &mut invoice, &payment).await?;
    let reversed = payment::Model {
        reversed_at: Some(unit.now),
        reversed_reference: Some(payment.reference),
        reversal_reason: Some(reason.clone()),
        // No caller's reference has a line break.
        reference: format!("reversed\n{id}"),
        ..payment
    };
    unit.save(reversed).await?;
    row::save(unit, &mut invoice).await?;
    let event = row::about(EventKind::PaymentReversed, &invoice).with_reason(Some(reason));
    unit.record(event.with_statuses(Some(before.as_str()), invoice.status.as_str())).await?;
    Ok(id)
}

async fn take_back(
    unit: &Unit,
    invoice: &mut invoice::Model,
    payment: &payment::Model,
) -> Outcome<()> {
    let OfPayment { to_customer, written_off } = account::of_payment(unit, payment).await?;
    // Credit notes may have taken back some of what was written off; what was kept as too much, they do not.
    let still = account::written_off(&unit.txn, invoice).await?;
    let written_off = written_off.min(still.max(0));
    if written_off != 0 {
        account::write_off(unit, invoice, -written_off, Some(payment.id)).await?;
    }
    if to_customer != 0 {
        let entry = Entry { kind: AccountTransactionKind::Payment, amount: -to_customer };
        account::enter(unit, invoice, entry, Some(payment.id)).await?;
    }
    settle::reopen(invoice, payment.amount - to_customer + written_off)
}
