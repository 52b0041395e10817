//! What happened to an order.

use domain::viewer::Viewer;
use entity::{OrderId, event};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// The events that an order caused, in the order in which they happened, as far as they exist for the viewer.
pub fn history_of_order(viewer: &Viewer, id: OrderId) -> List<event::Entity> {
    let rows = access::visible_events(viewer).filter(event::Column::OrderId.eq(id));
    List::new(
        rows,
        Sort::by_number(event::Column::Sequence, event::Column::Id, Direction::Ascending),
    )
}
