//! Agreements.

use domain::viewer::Viewer;
use entity::{AgreementStatus, CustomerId, agreement};
use sea_orm::QueryFilter;

use super::{ByTime, Range, among, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which agreements are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgreementFilter {
    pub statuses: Option<Vec<AgreementStatus>>,
    pub customer: Option<CustomerId>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The agreements that the viewer may see and wants.
pub fn agreements(
    viewer: &Viewer,
    filter: &AgreementFilter,
    by: ByTime,
    direction: Direction,
) -> List<agreement::Entity> {
    use agreement::Column::{CreatedAt, CustomerId, Id, Status, UpdatedAt};
    let rows = access::visible::<agreement::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated))
        .filter(among(Status, filter.statuses.as_ref()));
    List::new(
        rows,
        match by {
            ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
            ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
        },
    )
    .matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::Agreement), (CustomerId, Kind::Customer)],
    ))
}
