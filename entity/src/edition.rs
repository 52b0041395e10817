//! A license template of a product: features, limitations and variables.

use sea_orm::entity::prelude::*;

use crate::{EditionId, ProductId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EditionId,
    pub tenant_id: TenantId,
    pub product_id: ProductId,
    /// Unique in the product.
    pub name: String,
    /// Names of the features that a license has.
    #[sea_orm(column_type = "JsonBinary")]
    pub features: Json,
    /// Numeric limits by name.
    #[sea_orm(column_type = "JsonBinary")]
    pub limitations: Json,
    /// Free text by name.
    #[sea_orm(column_type = "JsonBinary")]
    pub variables: Json,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
