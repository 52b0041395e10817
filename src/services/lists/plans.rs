//! Plans.

use domain::viewer::Viewer;
use entity::{CatalogStatus, OfferId, PartnerId, plan};
use sea_orm::QueryFilter;

use super::{ByTimeOrName, Range, among, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which plans are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanFilter {
    pub statuses: Option<Vec<CatalogStatus>>,
    pub offer: Option<OfferId>,
    pub partner: Option<PartnerId>,
    /// ISO 4217, upper case.
    pub currency: Option<String>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The plans that the viewer may see and wants.
pub fn plans(
    viewer: &Viewer,
    filter: &PlanFilter,
    by: ByTimeOrName,
    direction: Direction,
) -> List<plan::Entity> {
    use plan::Column::{CreatedAt, Currency, Id, Name, OfferId, PartnerId, Status, UpdatedAt};
    let rows = access::visible::<plan::Entity>(viewer)
        .filter(equal(OfferId, filter.offer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(Currency, filter.currency.as_deref()))
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
    .matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::Plan), (OfferId, Kind::Offer)],
    ))
}
