//! The account of a customer: what it has of a seller, or of the partner that sells, in one currency.
//!
//! It is a ledger to which is only added; the balance is its sum. Whoever takes something off it holds the tenant's lock,
//! so that nothing is spent twice.

use domain::viewer::Viewer;
use entity::{
    AccountTransactionId, AccountTransactionKind, CustomerId, PartnerId, PaymentId, TenantId,
    account_transaction, customer, invoice, payment,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select,
    SelectExt,
};

use super::{taxes, wide_sum};
use crate::{
    app::App,
    error::{Outcome, Refusal, RefusalCode},
    services::{change::Change, lists::account_transactions, lookup, unit::Unit},
};

/// Far enough from what a sum can be that others may enter something at the same time.
const MOST: i64 = 1_000_000_000_000_000_000;

/// Whose account it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account<'a> {
    pub(super) tenant_id: TenantId,
    pub(super) customer_id: CustomerId,
    /// What was sold by one is not paid with what another owes.
    pub(super) partner_id: Option<PartnerId>,
    pub(super) currency: &'a str,
}

/// What moves, and by how much: above zero, the customer has more afterwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: AccountTransactionKind,
    pub(super) amount: i64,
}

impl Account<'_> {
    /// The account that a document is paid from.
    pub(super) fn of(invoice: &invoice::Model) -> Account<'_> {
        Account {
            tenant_id: invoice.tenant_id,
            customer_id: invoice.customer_id,
            partner_id: invoice.partner_id,
            currency: &invoice.currency,
        }
    }

    /// Adds what somebody moves by hand.
    pub(super) async fn enter(
        self,
        unit: &Unit,
        entry: Entry,
        note: Option<String>,
    ) -> Outcome<AccountTransactionId> {
        let row = self.row(unit, entry);
        let id = row.id;
        insert(unit, account_transaction::Model { note, ..row }).await?;
        Ok(id)
    }

    fn row(self, unit: &Unit, entry: Entry) -> account_transaction::Model {
        account_transaction::Model {
            id: AccountTransactionId::new(unit.now),
            tenant_id: self.tenant_id,
            customer_id: self.customer_id,
            partner_id: self.partner_id,
            currency: self.currency.to_owned(),
            kind: entry.kind,
            amount: entry.amount,
            invoice_id: None,
            payment_id: None,
            note: None,
            created_at: unit.now,
        }
    }
}

/// Refuses an amount in the field `amount` with which there would be more on an account than can be added up, or less.
pub(super) fn check(balance: i64, amount: i64) -> Result<(), Refusal> {
    let after = balance.checked_add(amount);
    if after.is_some_and(|after| (-MOST..=MOST).contains(&after)) {
        return Ok(());
    }
    let message = format!("An account holds {MOST} minor units at most.");
    Err(Refusal::of(RefusalCode::AmountTooLarge, "amount", message))
}

/// Writes so much off of an invoice; below zero: takes it back. It goes through the account, whose balance it leaves as it
/// is.
pub(super) async fn write_off(
    unit: &Unit,
    of: &invoice::Model,
    amount: i64,
    payment_id: Option<PaymentId>,
) -> Outcome<()> {
    let writes_off = Entry { kind: AccountTransactionKind::WriteOff, amount };
    enter(unit, of, writes_off, payment_id).await?;
    let pays = Entry { kind: AccountTransactionKind::Payment, amount: -amount };
    enter(unit, of, pays, payment_id).await
}

/// Adds to the account that a document is paid from.
pub(super) async fn enter(
    unit: &Unit,
    of: &invoice::Model,
    entry: Entry,
    payment_id: Option<PaymentId>,
) -> Outcome<()> {
    let row = Account::of(of).row(unit, entry);
    insert(unit, account_transaction::Model { invoice_id: Some(of.id), payment_id, ..row }).await
}

async fn insert(unit: &Unit, row: account_transaction::Model) -> Outcome<()> {
    let row = row.into_active_model();
    account_transaction::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    Ok(())
}

/// What was written off of an invoice, and is to this day.
pub(super) async fn written_off(
    db: &impl ConnectionTrait,
    invoice: &invoice::Model,
) -> Outcome<i64> {
    let entries = account_transaction::Entity::find()
        .filter(account_transaction::Column::TenantId.eq(invoice.tenant_id))
        .filter(account_transaction::Column::InvoiceId.eq(invoice.id))
        .filter(account_transaction::Column::Kind.eq(AccountTransactionKind::WriteOff));
    sum(db, entries).await
}

/// What came of a payment beside what it settled by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OfPayment {
    /// What was beyond the open amount, and went to the account.
    pub(super) to_customer: i64,
    /// What was missing, and was written off; below zero: what was too much, and was kept.
    pub(super) written_off: i64,
}

/// What a payment has moved on the account.
pub(super) async fn of_payment(unit: &Unit, payment: &payment::Model) -> Outcome<OfPayment> {
    let entries = account_transaction::Entity::find()
        .filter(account_transaction::Column::TenantId.eq(payment.tenant_id))
        .filter(account_transaction::Column::PaymentId.eq(payment.id));
    let of_kind = |kind| entries.clone().filter(account_transaction::Column::Kind.eq(kind));
    let written_off = sum(&unit.txn, of_kind(AccountTransactionKind::WriteOff)).await?;
    // What is written off goes through the account and leaves it as it was.
    let paid = sum(&unit.txn, of_kind(AccountTransactionKind::Payment)).await?;
    Ok(OfPayment { to_customer: paid.saturating_add(written_off), written_off })
}

/// What is on the accounts of a customer in a currency, as far as the viewer may see them; none if it may not see the
/// customer.
pub async fn visible_balance(
    app: &App,
    viewer: &Viewer,
    customer_id: CustomerId,
    partner_id: Change<PartnerId>,
    currency: &str,
) -> Outcome<Option<i64>> {
    let readers = app.store.readers();
    if !lookup::by_id::<customer::Entity>(viewer, customer_id).exists(readers).await? {
        return Ok(None);
    }
    let moved = account_transactions::moved(viewer, customer_id, currency);
    let moved = match partner_id {
        Change::Keep => moved,
        Change::Clear => moved.filter(account_transaction::Column::PartnerId.is_null()),
        Change::Set(id) => moved.filter(account_transaction::Column::PartnerId.eq(id)),
    };
    sum(readers, moved).await.map(Some)
}

/// What is on an account.
pub(super) async fn balance(unit: &Unit, account: &Account<'_>) -> Outcome<i64> {
    let of_partner = match account.partner_id {
        Some(partner) => account_transaction::Column::PartnerId.eq(partner),
        None => account_transaction::Column::PartnerId.is_null(),
    };
    let moved = account_transaction::Entity::find()
        .filter(account_transaction::Column::TenantId.eq(account.tenant_id))
        .filter(account_transaction::Column::CustomerId.eq(account.customer_id))
        .filter(account_transaction::Column::Currency.eq(account.currency))
        .filter(of_partner);
    sum(&unit.txn, moved).await
}

async fn sum(
    connection: &impl ConnectionTrait,
    moved: Select<account_transaction::Entity>,
) -> Outcome<i64> {
    let [high, low] = wide_sum::parts(&account_transaction::Column::Amount);
    let sums: Option<(Option<i64>, Option<i64>)> = moved
        .select_only()
        .column_as(high, "high")
        .column_as(low, "low")
        .into_tuple()
        .one(connection)
        .await?;
    let (high, low) = sums.unwrap_or_default();
    let sum = wide_sum::whole(high.unwrap_or_default(), low.unwrap_or_default());
    Ok(sum.map_err(taxes::too_large)?)
}
