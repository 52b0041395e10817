//! Licenses.

use domain::viewer::Viewer;
use entity::{CustomerId, EditionId, LicenseStatus, PartnerId, ProductId, license};
use sea_orm::QueryFilter;

use super::{Broad, ByTime, Range, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which licenses are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenseFilter {
    pub statuses: Option<Vec<LicenseStatus>>,
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    pub product: Option<ProductId>,
    pub edition: Option<EditionId>,
    pub expires: Range,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The licenses that the viewer may see and wants.
pub fn licenses(
    viewer: &Viewer,
    filter: &LicenseFilter,
    by: ByTime,
    direction: Direction,
) -> List<license::Entity> {
    use license::Column::{
        CreatedAt, CustomerId, EditionId, ExpiresAt, Id, PartnerId, ProductId, Status, UpdatedAt,
    };
    let rows = access::visible::<license::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(ProductId, filter.product))
        .filter(equal(EditionId, filter.edition))
        .filter(within(ExpiresAt, filter.expires))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated));
    let sort = match by {
        ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
        ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
    };
    let narrowed = filter.customer.is_some()
        || filter.partner.is_some()
        || filter.product.is_some()
        || filter.edition.is_some();
    let (status, statuses, partner) = (Status, filter.statuses.as_ref(), PartnerId);
    Broad { viewer, status, statuses, partner, narrowed }.list(rows, sort).matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::License), (CustomerId, Kind::Customer)],
    ))
}
