//! A reseller or solution provider inside a tenant; may have a parent partner.

use sea_orm::entity::prelude::*;

use crate::{PartnerId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PartnerId,
    pub tenant_id: TenantId,
    pub parent_id: Option<PartnerId>,
    /// Unique in the tenant.
    pub partner_number: String,
    pub name: String,
    /// Whether this partner must approve the orders of its customers and of the partners below it (APX-19).
    pub approval_required: bool,
    pub email: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: Option<String>,
    pub tax_number: Option<String>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    pub parent: BelongsTo<Option<Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
