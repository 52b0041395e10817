//! Customers.

use domain::viewer::Viewer;
use entity::{PartnerId, customer};
use sea_orm::QueryFilter;

use super::{ByTimeOrName, Range, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which customers are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    pub partner: Option<PartnerId>,
    pub country: Option<String>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The customers that the viewer may see and wants.
pub fn customers(
    viewer: &Viewer,
    filter: &CustomerFilter,
    by: ByTimeOrName,
    direction: Direction,
) -> List<customer::Entity> {
    use customer::Column::{Country, CreatedAt, Id, Name, PartnerId, UpdatedAt};
    let rows = access::visible::<customer::Entity>(viewer)
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(Country, filter.country.clone()))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated));
    List::new(
        rows,
        match by {
            ByTimeOrName::Created => Sort::by_time(CreatedAt, Id, direction),
            ByTimeOrName::Updated => Sort::by_time(UpdatedAt, Id, direction),
            ByTimeOrName::Name => Sort::by_text(Name, Id, direction),
        },
    )
    .matching(search::search(viewer, filter.text.as_ref(), &[(Id, Kind::Customer)]))
}
