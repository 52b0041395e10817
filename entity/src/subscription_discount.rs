//! A redemption: a discount that was given to a subscription, as it was then.

use sea_orm::entity::prelude::*;

use crate::{
    CustomerId, DiscountId, OrderLineId, SubscriptionDiscountId, SubscriptionId, TenantId,
    discount::DiscountTerms,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_discount")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionDiscountId,
    pub tenant_id: TenantId,
    pub subscription_id: SubscriptionId,
    /// Whose subscription it is.
    pub customer_id: CustomerId,
    pub discount_id: DiscountId,
    /// The purchase that gave its code; none: the seller has applied it.
    pub order_line_id: Option<OrderLineId>,
    #[sea_orm(column_type = "JsonBinary")]
    pub terms: DiscountTerms,
    /// The number of the subscription's period with which it begins.
    pub first_period: i32,
    /// The number of the first period in which it no longer holds, where it was removed.
    pub end_period: Option<i32>,
    /// The subject of whoever applied it.
    pub applied_by: String,
    pub removed_by: Option<String>,
    pub removed_at: Option<DateTimeUtc>,
    /// When it stopped counting, because nothing came of the purchase.
    pub returned_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
    #[sea_orm(belongs_to, from = "customer_id", to = "id")]
    pub customer: BelongsTo<super::customer::Entity>,
    #[sea_orm(belongs_to, from = "discount_id", to = "id")]
    pub discount: BelongsTo<super::discount::Entity>,
    #[sea_orm(belongs_to, from = "order_line_id", to = "id")]
    pub order_line: BelongsTo<Option<super::order_line::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
