//! That something was used of a subscription, as it was reported. It never changes: another report corrects it.

use sea_orm::entity::prelude::*;

use crate::{ProductId, SubscriptionId, TenantId, UsageReportId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UsageReportId,
    pub tenant_id: TenantId,
    pub subscription_id: SubscriptionId,
    /// The component of what was sold that was used.
    pub component_id: Uuid,
    pub product_id: ProductId,
    /// How many units; below zero: so many of those of another report were none.
    pub quantity: i32,
    /// The days on which they were used, half open, in the tenant's zone.
    pub starts_on: Date,
    pub ends_on: Date,
    /// The reporter's; unique in the subscription.
    pub reference: String,
    /// The report that it corrects.
    pub corrects_id: Option<UsageReportId>,
    /// The first day of the stretch in which it counts: a billing period, or a part of it with one price.
    pub counted_on: Date,
    /// The day on which it was reported, where its period was over by then; it is billed by itself when that day is over.
    pub late_on: Option<Date>,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
