//! The account of a customer: what it has of a seller, or of the partner that sells, in one currency.
//!
//! It is a ledger to which is only added; the balance is its sum. Whoever takes something off it holds the tenant's lock,
//! so that nothing is spent twice.

use domain::money;
use entity::{
    AccountTransactionId, AccountTransactionKind, PaymentId, account_transaction, invoice,
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::Expr,
};

use super::taxes;
use crate::{error::Outcome, services::unit::Unit};

/// What moves, and by how much: above zero, the customer has more afterwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: AccountTransactionKind,
    pub(super) amount: i64,
}

/// Adds to the account that a document is paid from.
pub(super) async fn enter(
    unit: &Unit,
    of: &invoice::Model,
    entry: Entry,
    payment_id: Option<PaymentId>,
) -> Outcome<()> {
    let row = account_transaction::Model {
        id: AccountTransactionId::new(unit.now),
        tenant_id: of.tenant_id,
        customer_id: of.customer_id,
        partner_id: of.partner_id,
        currency: of.currency.clone(),
        kind: entry.kind,
        amount: entry.amount,
        invoice_id: Some(of.id),
        payment_id,
        note: None,
        created_at: unit.now,
    };
    let row = row.into_active_model();
    account_transaction::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    Ok(())
}

/// What is on the account that a document is paid from.
pub(super) async fn balance(unit: &Unit, of: &invoice::Model) -> Outcome<i64> {
    let of_partner = match of.partner_id {
        Some(partner) => account_transaction::Column::PartnerId.eq(partner),
        None => account_transaction::Column::PartnerId.is_null(),
    };
    let sums: Option<(Option<i64>, Option<i64>)> = account_transaction::Entity::find()
        .select_only()
        .column_as(Expr::cust("CAST(SUM(amount / 4294967296) AS BIGINT)"), "high")
        .column_as(Expr::cust("CAST(SUM(amount % 4294967296) AS BIGINT)"), "low")
        .filter(account_transaction::Column::TenantId.eq(of.tenant_id))
        .filter(account_transaction::Column::CustomerId.eq(of.customer_id))
        .filter(account_transaction::Column::Currency.eq(of.currency.as_str()))
        .filter(of_partner)
        .into_tuple()
        .one(&unit.txn)
        .await?;
    let (high, low) = sums.unwrap_or_default();
    let sum =
        i128::from(high.unwrap_or_default()) * 4_294_967_296 + i128::from(low.unwrap_or_default());
    Ok(money::fitting(sum).map_err(taxes::too_large)?)
}
