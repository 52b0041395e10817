//! Recording what a customer has paid.

use chrono::NaiveDate;
use entity::{
    AccountTransactionKind, EventKind, InvoiceId, InvoiceStatus, PaymentId, invoice, payment,
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

use super::{
    account::{self, Account, Entry},
    create_credit_note::lock_invoice,
    row, settle, taxes,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

/// A payment as somebody reports it.
#[derive(Clone, Debug)]
pub struct RecordPayment {
    pub invoice_id: InvoiceId,
    /// In minor units of the invoice's currency, above zero.
    pub amount: i64,
    /// The payer's or the bank's; unique in the tenant.
    pub reference: String,
    /// None: today, in the seller's time zone.
    pub received_on: Option<NaiveDate>,
}

/// Records a payment for an issued invoice. A payment that was recorded before changes nothing: it is known by its
/// reference. What misses the open amount by no more than the seller's tolerance settles it; what is paid beyond it goes to
/// the customer's account.
///
/// Refused with `INVOICE_NOT_ISSUED`, and with `PAYMENT_REFERENCE_USED` where the reference stands for another payment.
pub async fn record_payment(unit: &Unit, command: RecordPayment) -> Outcome<PaymentId> {
    let mut refusals = Refusals::default();
    let reference = refusals.value(validate::code("reference", command.reference));
    if command.amount < 1 {
        refusals.push(Refusal::invalid("amount", "Give an amount above zero."));
    }
    refusals.done()?;
    let mut invoice = lock_invoice(unit, command.invoice_id).await?;
    let today = unit.today().await?;
    let received_on = command.received_on.unwrap_or(today);
    let new = payment::Model {
        id: PaymentId::new(unit.now),
        tenant_id: invoice.tenant_id,
        customer_id: invoice.customer_id,
        partner_id: invoice.partner_id,
        invoice_id: invoice.id,
        currency: invoice.currency.clone(),
        amount: command.amount,
        reference,
        reversed_reference: None,
        reversed_at: None,
        reversal_reason: None,
        received_on,
        created_at: unit.now,
    };
    if !insert(unit, new.clone()).await? {
        return earlier(unit, &new, command.received_on).await;
    }
    if invoice.status == InvoiceStatus::Draft {
        let message = "A draft is paid when it has been issued.";
        return Err(Refusal::of(RefusalCode::InvoiceNotIssued, "invoiceId", message).into());
    }
    if received_on > today {
        let message = format!("Give a day that is not after today, {today}.");
        return Err(Refusal::invalid("receivedOn", message).into());
    }
    pay(unit, &mut invoice, &new, unit.tenant().await?.payment_tolerance).await?;
    Ok(new.id)
}

/// False if there is a payment with this reference; waits for one that is being recorded.
async fn insert(unit: &Unit, new: payment::Model) -> Outcome<bool> {
    let inserted = payment::Entity::insert(new.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&unit.txn)
        .await;
    match inserted {
        Ok(inserted) => Ok(inserted > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The payment that was recorded with this reference, if it is the same.
async fn earlier(
    unit: &Unit,
    new: &payment::Model,
    received_on: Option<NaiveDate>,
) -> Outcome<PaymentId> {
    let earlier = payment::Entity::find()
        .filter(payment::Column::TenantId.eq(new.tenant_id))
        .filter(payment::Column::Reference.eq(new.reference.as_str()))
        .one(&unit.txn)
        .await?;
    let is_same = |earlier: &payment::Model| {
        earlier.invoice_id == new.invoice_id
            && earlier.amount == new.amount
            && received_on.is_none_or(|day| day == earlier.received_on)
    };
    let earlier = earlier.filter(is_same).ok_or_else(|| {
        let message = "Another payment was recorded with this reference.";
        Refusal::of(RefusalCode::PaymentReferenceUsed, "reference", message)
    })?;
    Ok(earlier.id)
}

async fn pay(
    unit: &Unit,
    invoice: &mut invoice::Model,
    payment: &payment::Model,
    tolerance: i64,
) -> Outcome<()> {
    let (before, open) = (invoice.status, invoice.open_amount);
    let tolerance = if open == 0 { 0 } else { tolerance };
    let settlement = domain::billing::settle_payment(open, payment.amount, tolerance)
        .map_err(taxes::too_large)?;
    if settlement.written_off != 0 {
        account::write_off(unit, invoice, settlement.written_off, Some(payment.id)).await?;
    }
    if settlement.to_customer > 0 {
        let balance = account::balance(unit, &Account::of(invoice)).await?;
        account::check(balance, settlement.to_customer)?;
        let kind = AccountTransactionKind::Payment;
        let entry = Entry { kind, amount: settlement.to_customer };
        account::enter(unit, invoice, entry, Some(payment.id)).await?;
    }
    settle::open(unit, invoice, settlement.open);
    row::save(unit, invoice).await?;
    unit.record(row::about(EventKind::PaymentRecorded, invoice)).await?;
    if invoice.status != before {
        unit.record(settle::settled(invoice, before)).await?;
    }
    Ok(())
}
