//! The commercial relation under which a customer buys; carries the default PO number (APG-12).

use sea_orm::entity::prelude::*;

use crate::{AgreementId, AgreementStatus, CustomerId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agreement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AgreementId,
    pub tenant_id: TenantId,
    pub customer_id: CustomerId,
    /// Unique in the tenant.
    pub number: String,
    /// ISO 4217, upper case; never changes (APG-22).
    pub currency: String,
    pub default_po_number: Option<String>,
    pub status: AgreementStatus,
    pub starts_on: Option<Date>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
