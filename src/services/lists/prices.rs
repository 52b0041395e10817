//! The prices of an offer.

use domain::viewer::Viewer;
use entity::{OfferId, price};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// All prices of an offer that the viewer may see, newest first: also those to come, and those that are over.
pub fn prices_of_offer(viewer: &Viewer, id: OfferId) -> List<price::Entity> {
    use price::Column::{CreatedAt, Id, OfferId};
    let rows = access::visible::<price::Entity>(viewer).filter(OfferId.eq(id));
    List::new(rows, Sort::by_time(CreatedAt, Id, Direction::Descending))
}
