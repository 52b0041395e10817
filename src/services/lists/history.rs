//! What happened to an order.

use domain::viewer::Viewer;
use entity::{OrderId, event};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::services::page::{Direction, List, Sort};

/// The events that an order caused, in the order in which they happened. The viewer is known to see the order.
pub fn history_of_order(viewer: &Viewer, id: OrderId) -> List<event::Entity> {
    let rows = event::Entity::find()
        .filter(event::Column::TenantId.eq(viewer.tenant_id))
        .filter(event::Column::OrderId.eq(id));
    List::new(
        rows,
        Sort::by_number(event::Column::Sequence, event::Column::Id, Direction::Ascending),
    )
}
