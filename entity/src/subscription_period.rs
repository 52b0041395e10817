//! A stretch of time in which a subscription has one quantity and one price. It lies within a billing period.

use sea_orm::entity::prelude::*;

use crate::{OrderLineId, SubscriptionId, SubscriptionPeriodId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_period")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionPeriodId,
    pub tenant_id: TenantId,
    pub subscription_id: SubscriptionId,
    /// Counts from 1 within the subscription.
    pub period_number: i32,
    pub starts_at: DateTimeUtc,
    /// The first moment that no longer belongs to the stretch; none: open, as of a one-time offer.
    pub ends_at: Option<DateTimeUtc>,
    pub quantity: i32,
    pub unit_amount: i64,
    /// The line that opened the stretch.
    pub order_line_id: Option<OrderLineId>,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
