//! What a customer is asked to pay. Its lines are about subscriptions, never about orders (APG-09).

use sea_orm::entity::prelude::*;

use crate::{AgreementId, CustomerId, InvoiceId, InvoiceStatus, PartnerId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceId,
    pub tenant_id: TenantId,
    /// Given at issue, without gaps; unique in the tenant.
    pub number: Option<String>,
    pub customer_id: CustomerId,
    /// The partner that sold what is charged for; none: the seller itself.
    pub partner_id: Option<PartnerId>,
    pub agreement_id: Option<AgreementId>,
    pub status: InvoiceStatus,
    pub currency: String,
    pub net_amount: i64,
    pub tax_amount: i64,
    pub gross_amount: i64,
    pub issued_at: Option<DateTimeUtc>,
    pub due_on: Option<Date>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
    #[sea_orm(belongs_to, from = "agreement_id", to = "id")]
    pub agreement: BelongsTo<Option<super::agreement::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
