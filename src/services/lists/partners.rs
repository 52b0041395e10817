//! Partners.

use domain::viewer::Viewer;
use entity::{PartnerId, partner};
use sea_orm::QueryFilter;

use super::{ByTimeOrName, Range, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which partners are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartnerFilter {
    pub parent: Option<PartnerId>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The partners that the viewer may see and wants.
pub fn partners(
    viewer: &Viewer,
    filter: &PartnerFilter,
    by: ByTimeOrName,
    direction: Direction,
) -> List<partner::Entity> {
    use partner::Column::{CreatedAt, Id, Name, ParentId, UpdatedAt};
    let rows = access::visible::<partner::Entity>(viewer)
        .filter(equal(ParentId, filter.parent))
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
    .matching(search::search(viewer, filter.text.as_ref(), &[(Id, Kind::Partner)]))
}
