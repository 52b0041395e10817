//! What a subscription was charged.

use domain::viewer::Viewer;
use entity::{SubscriptionId, invoice_line};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::services::page::{Direction, List, Sort};

/// The charges for a subscription, newest first. The viewer is known to see the subscription.
pub fn invoice_lines_of_subscription(
    viewer: &Viewer,
    id: SubscriptionId,
) -> List<invoice_line::Entity> {
    let rows = invoice_line::Entity::find()
        .filter(invoice_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(invoice_line::Column::SubscriptionId.eq(id));
    let sort = Sort::by_time(
        invoice_line::Column::CreatedAt,
        invoice_line::Column::Id,
        Direction::Descending,
    );
    List::new(rows, sort)
}
