//! How a seller taxes a kind of goods. What is sold keeps the code; the rate is that of the day.

use sea_orm::entity::prelude::*;

use crate::{TaxCategory, TaxCodeId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tax_code")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TaxCodeId,
    pub tenant_id: TenantId,
    /// Unique in the tenant.
    pub code: String,
    pub name: String,
    pub category: TaxCategory,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
