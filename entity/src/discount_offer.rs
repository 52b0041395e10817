//! An offer off which a discount takes something. One without any takes something off all.

use sea_orm::entity::prelude::*;

use crate::{DiscountId, OfferId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "discount_offer")]
pub struct Model {
    pub tenant_id: TenantId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub discount_id: DiscountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub offer_id: OfferId,
    #[sea_orm(belongs_to, from = "discount_id", to = "id")]
    pub discount: BelongsTo<super::discount::Entity>,
    #[sea_orm(belongs_to, from = "offer_id", to = "id")]
    pub offer: BelongsTo<super::offer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
