//! What waits to be billed.

use chrono::{DateTime, Utc};
use entity::{TenantId, subscription};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

/// The subscriptions of a tenant that are due by a moment and not on hold.
pub(crate) fn due_subscriptions(
    tenant_id: TenantId,
    until: DateTime<Utc>,
) -> Select<subscription::Entity> {
    subscription::Entity::find()
        .filter(subscription::Column::TenantId.eq(tenant_id))
        .filter(subscription::Column::NextBillingAt.is_not_null())
        .filter(subscription::Column::NextBillingAt.lte(until))
        .filter(subscription::Column::BillingHoldReason.is_null())
}
