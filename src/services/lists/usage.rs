//! What was used of a subscription.

use domain::viewer::Viewer;
use entity::{SubscriptionId, usage_report};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::services::page::{Direction, List, Sort};

/// What was reported of a subscription, newest first. The viewer is known to see the subscription.
pub fn usage_of_subscription(viewer: &Viewer, id: SubscriptionId) -> List<usage_report::Entity> {
    let rows = usage_report::Entity::find()
        .filter(usage_report::Column::TenantId.eq(viewer.tenant_id))
        .filter(usage_report::Column::SubscriptionId.eq(id));
    let sort = Sort::by_time(
        usage_report::Column::CreatedAt,
        usage_report::Column::Id,
        Direction::Descending,
    );
    List::new(rows, sort)
}
