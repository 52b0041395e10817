//! What a customer has paid.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, InvoiceId, PartnerId, PaymentId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PaymentId,
    pub tenant_id: TenantId,
    pub customer_id: CustomerId,
    pub partner_id: Option<PartnerId>,
    pub invoice_id: InvoiceId,
    pub currency: String,
    pub amount: i64,
    /// The payer's or the bank's; unique in the tenant, so that a payment is recorded once. Of a reversed payment made
    /// of its id: what it was is then beside it.
    pub reference: String,
    pub reversed_reference: Option<String>,
    pub reversed_at: Option<DateTimeUtc>,
    pub reversal_reason: Option<String>,
    pub received_on: Date,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<super::invoice::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
