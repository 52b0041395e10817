//! What happened to a subscription after it was sold, and what will.

#![expect(clippy::struct_excessive_bools, reason = "each is a column by itself")]

use sea_orm::entity::prelude::*;

use crate::{
    ChangeTime, OfferId, OrderLineId, RoundingMode, SubscriptionChangeId, SubscriptionChangeKind,
    SubscriptionChangeStatus, SubscriptionId, TenantId, plan_instance::PlanInstance,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubscriptionChangeId,
    pub tenant_id: TenantId,
    pub subscription_id: SubscriptionId,
    /// Rises within the subscription, in the order in which changes were asked for.
    pub change_number: i32,
    /// The order line that asked for it.
    pub order_line_id: Option<OrderLineId>,
    pub kind: SubscriptionChangeKind,
    pub change_time: ChangeTime,
    pub status: SubscriptionChangeStatus,
    /// The day on which it takes effect, in the tenant's zone as it was when that was decided.
    pub takes_effect_on: Date,
    /// Whether it takes effect with the first moment of that day, and so before a period that begins on it.
    pub opens_day: bool,
    pub registered_on: Date,
    pub executed_at: Option<DateTimeUtc>,
    /// With what that which it makes dearer is rounded.
    pub rounding_mode: RoundingMode,
    /// So many units from then on.
    pub quantity: Option<i32>,
    /// Another offer from then on.
    pub offer_id: Option<OfferId>,
    #[sea_orm(column_type = "JsonBinary")]
    pub plan_instance: Option<PlanInstance>,
    pub keep_anchor: bool,
    /// Of a cancellation: whether what was billed had been paid.
    pub paid: bool,
    pub auto_renew: Option<bool>,
    /// The change of its parent that an add-on goes along with.
    pub follows_id: Option<SubscriptionChangeId>,
    /// Of a cancellation: whether all that was charged is taken back, as if nothing had been sold.
    pub undoes: bool,
    pub failure_reason: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "subscription_id", to = "id")]
    pub subscription: BelongsTo<super::subscription::Entity>,
    #[sea_orm(belongs_to, from = "order_line_id", to = "id")]
    pub order_line: BelongsTo<Option<super::order_line::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
