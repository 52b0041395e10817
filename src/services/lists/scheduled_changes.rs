//! What happened to a subscription, and what is to happen.

use domain::viewer::Viewer;
use entity::{SubscriptionId, subscription_change};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::services::page::{Direction, List, Sort};

/// The changes of a subscription, newest first. The viewer is known to see the subscription.
pub fn scheduled_changes_of_subscription(
    viewer: &Viewer,
    id: SubscriptionId,
) -> List<subscription_change::Entity> {
    let rows = subscription_change::Entity::find()
        .filter(subscription_change::Column::TenantId.eq(viewer.tenant_id))
        .filter(subscription_change::Column::SubscriptionId.eq(id));
    let sort = Sort::by_number(
        subscription_change::Column::ChangeNumber,
        subscription_change::Column::Id,
        Direction::Descending,
    );
    List::new(rows, sort)
}
