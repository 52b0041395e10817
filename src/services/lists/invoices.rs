//! Invoices.

use domain::viewer::Viewer;
use entity::{AgreementId, CustomerId, InvoiceStatus, PartnerId, invoice};
use sea_orm::QueryFilter;

use super::{Broad, ByTime, Range, equal, within};
use crate::{
    access,
    services::{
        page::{Direction, List, Sort},
        search::{self, Kind},
    },
};

/// Which invoices are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvoiceFilter {
    pub statuses: Option<Vec<InvoiceStatus>>,
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    pub agreement: Option<AgreementId>,
    pub created: Range,
    pub updated: Range,
    pub text: Option<String>,
}

/// The invoices that the viewer may see and wants.
pub fn invoices(
    viewer: &Viewer,
    filter: &InvoiceFilter,
    by: ByTime,
    direction: Direction,
) -> List<invoice::Entity> {
    use invoice::Column::{AgreementId, CreatedAt, CustomerId, Id, PartnerId, Status, UpdatedAt};
    let rows = access::visible::<invoice::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(AgreementId, filter.agreement))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated));
    let sort = match by {
        ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
        ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
    };
    let narrowed =
        filter.customer.is_some() || filter.partner.is_some() || filter.agreement.is_some();
    let (status, statuses, partner) = (Status, filter.statuses.as_ref(), PartnerId);
    Broad { viewer, status, statuses, partner, narrowed }.list(rows, sort).matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::Invoice), (CustomerId, Kind::Customer)],
    ))
}
