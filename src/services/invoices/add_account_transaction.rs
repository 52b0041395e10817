//! Moving something on a customer's account by hand.

use entity::{
    AccountTransactionId, AccountTransactionKind, CustomerId, PartnerId, customer, partner,
};

use super::account::{self, Account};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{change::Change, unit::Unit, validate},
};

/// What somebody moves.
#[derive(Clone, Debug)]
pub struct AddAccountTransaction {
    pub customer_id: CustomerId,
    /// The partner whose sales the account is about; kept: that which the customer has now; cleared: none, but the seller.
    pub partner_id: Change<PartnerId>,
    pub currency: String,
    pub kind: AccountTransactionKind,
    /// In minor units, above zero: an allowance, a payment or what is written off adds to the account; a charge or a refund
    /// takes off it.
    pub amount: i64,
    pub note: Option<String>,
}

/// Adds to the ledger of a customer's account. What is on it pays the next
/// invoices that are issued. A refund of more than there is is refused with `BALANCE_TOO_LOW`,
/// and what could not be added up any more with `AMOUNT_TOO_LARGE`.
pub async fn add_account_transaction(
    unit: &Unit,
    command: AddAccountTransaction,
) -> Outcome<AccountTransactionId> {
    let mut refusals = Refusals::default();
    let currency = refusals.value(validate::currency("currency", command.currency));
    let note = refusals.value(validate::note("note", command.note));
    if command.amount < 1 {
        refusals.push(Refusal::invalid("amount", "Give an amount above zero."));
    }
    let customer = unit.require::<customer::Entity>(command.customer_id, "customerId").await?;
    let customer = refusals.collect(customer);
    if let Change::Set(id) = command.partner_id {
        refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
    }
    refusals.done()?;
    let customer = customer.ok_or_else(|| anyhow::anyhow!("a customer was lost"))?;
    // Whoever takes something off an account holds this lock.
    unit.lock_tenant().await?;
    let account = Account {
        tenant_id: customer.tenant_id,
        customer_id: customer.id,
        partner_id: command.partner_id.changed().unwrap_or(customer.partner_id),
        currency: &currency,
    };
    let balance = account::balance(unit, &account).await?;
    let amount = match command.kind {
        AccountTransactionKind::Allowance
        | AccountTransactionKind::Payment
        | AccountTransactionKind::WriteOff => command.amount,
        AccountTransactionKind::Refund if balance < command.amount => {
            let message = format!("Only {balance} minor units are on the account.");
            return Err(Refusal::of(RefusalCode::BalanceTooLow, "amount", message).into());
        }
        AccountTransactionKind::Charge | AccountTransactionKind::Refund => -command.amount,
    };
    account::check(balance, amount)?;
    account.enter(unit, account::Entry { kind: command.kind, amount }, note).await
}
