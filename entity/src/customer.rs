//! Who buys and uses. Keyed by its number, unique in the tenant (SLC-02).

use sea_orm::entity::prelude::*;

use crate::{CustomerId, PartnerId, TaxTreatment, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    pub tenant_id: TenantId,
    pub partner_id: Option<PartnerId>,
    pub customer_number: String,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: Option<String>,
    pub tax_number: Option<String>,
    pub tax_treatment: TaxTreatment,
    /// Why the customer pays no tax, as it is printed.
    pub tax_exemption_reason: Option<String>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
