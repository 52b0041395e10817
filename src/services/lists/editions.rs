//! Editions.

use domain::viewer::Viewer;
use entity::{ProductId, edition};
use sea_orm::QueryFilter;

use super::equal;
use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// Which editions are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditionFilter {
    pub product: Option<ProductId>,
}

/// The editions that the viewer may see and wants.
pub fn editions(
    viewer: &Viewer,
    filter: &EditionFilter,
    direction: Direction,
) -> List<edition::Entity> {
    use edition::Column::{CreatedAt, Id, ProductId};
    let rows = access::visible::<edition::Entity>(viewer).filter(equal(ProductId, filter.product));
    List::new(rows, Sort::by_time(CreatedAt, Id, direction))
}
