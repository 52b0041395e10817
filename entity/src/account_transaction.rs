//! What moved on a customer's account. Only added to: the balance is the sum.

use sea_orm::entity::prelude::*;

use crate::{
    AccountTransactionId, AccountTransactionKind, CustomerId, InvoiceId, PartnerId, PaymentId,
    TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_transaction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccountTransactionId,
    pub tenant_id: TenantId,
    pub customer_id: CustomerId,
    pub partner_id: Option<PartnerId>,
    pub currency: String,
    pub kind: AccountTransactionKind,
    /// What the customer has more afterwards; below zero: less.
    pub amount: i64,
    pub invoice_id: Option<InvoiceId>,
    pub payment_id: Option<PaymentId>,
    pub note: Option<String>,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
