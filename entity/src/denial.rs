//! What a customer may not order.

use sea_orm::entity::prelude::*;

use crate::{CustomerId, DenialId, DenialKind, OfferId, ProductId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "denial")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DenialId,
    pub tenant_id: TenantId,
    pub customer_id: CustomerId,
    pub kind: DenialKind,
    /// Set exactly where a product is denied.
    pub product_id: Option<ProductId>,
    /// Set exactly where an offer is denied.
    pub offer_id: Option<OfferId>,
    /// Of the limit: ISO 4217, upper case.
    pub currency: Option<String>,
    /// How much the customer may owe and still order; set exactly where there is such a limit.
    pub balance_limit: Option<i64>,
    /// Why, for the seller's people only.
    pub reason: Option<String>,
    /// The subject of whoever denied it.
    pub created_by: String,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<Option<super::product::Entity>>,
    #[sea_orm(belongs_to, from = "offer_id", to = "id")]
    pub offer: BelongsTo<Option<super::offer::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
