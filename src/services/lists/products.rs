//! Products.

use domain::viewer::Viewer;
use entity::{CatalogStatus, product};
use sea_orm::QueryFilter;

use super::{ByTimeOrName, Range, among, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which products are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    pub statuses: Option<Vec<CatalogStatus>>,
    pub vendor: Option<String>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The products that the viewer may see and wants.
pub fn products(
    viewer: &Viewer,
    filter: &ProductFilter,
    by: ByTimeOrName,
    direction: Direction,
) -> List<product::Entity> {
    use product::Column::{CreatedAt, Id, Name, Status, UpdatedAt, Vendor};
    let rows = access::visible::<product::Entity>(viewer)
        .filter(equal(Vendor, filter.vendor.clone()))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated))
        .filter(among(Status, filter.statuses.as_ref()));
    List::new(
        rows,
        match by {
            ByTimeOrName::Created => Sort::by_time(CreatedAt, Id, direction),
            ByTimeOrName::Updated => Sort::by_time(UpdatedAt, Id, direction),
            ByTimeOrName::Name => Sort::by_text(Name, Id, direction),
        },
    )
    .matching(search::search(viewer, filter.text.as_ref(), &[(Id, Kind::Product)]))
}
