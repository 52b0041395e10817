//! The span of time that one cycle fee pays for. Within it, a subscription has one or several stretches.

use sea_orm::entity::prelude::*;

use crate::{BillingPeriodId, SubscriptionId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_period")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BillingPeriodId,
    pub tenant_id: TenantId,
    pub subscription_id: SubscriptionId,
    /// Counts from 1 within the subscription.
    pub number: i32,
    pub starts_at: DateTimeUtc,
    /// The first moment that no longer belongs to the period, whatever becomes of the subscription within it; none: what
    /// is charged once has no end.
    pub ends_at: Option<DateTimeUtc>,
    /// The same in the tenant's days.
    pub starts_on: Option<Date>,
    pub ends_on: Option<Date>,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
