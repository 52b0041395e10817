//! The right to use a product: key, limits, validity.

use sea_orm::entity::prelude::*;

use crate::{
    CustomerId, EditionId, LicenseId, LicenseStatus, OrderId, PartnerId, ProductId, SubscriptionId,
    TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "license")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LicenseId,
    pub tenant_id: TenantId,
    /// Unique in the tenant.
    pub license_key: String,
    /// A key from an earlier system; unique in the product.
    pub legacy_license_key: Option<String>,
    pub customer_id: CustomerId,
    pub partner_id: Option<PartnerId>,
    pub product_id: ProductId,
    pub edition_id: EditionId,
    pub subscription_id: Option<SubscriptionId>,
    pub order_id: Option<OrderId>,
    pub status: LicenseStatus,
    /// How many users it covers.
    pub user_limit: i32,
    pub external_reference: Option<String>,
    pub starts_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "edition_id", to = "id")]
    pub edition: BelongsTo<super::edition::Entity>,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<Option<super::subscription::Entity>>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<Option<super::order::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
