//! Payment agreements.

use domain::viewer::Viewer;
use entity::{
    CustomerId, OrderId, PartnerId, PaymentAgreementStatus, PaymentMethod, payment_agreement,
};
use sea_orm::QueryFilter;

use super::{Broad, ByTime, Range, among, equal, within};
use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// Which payment agreements are wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentAgreementFilter {
    pub statuses: Option<Vec<PaymentAgreementStatus>>,
    pub methods: Option<Vec<PaymentMethod>>,
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    pub order: Option<OrderId>,
    pub created: Range,
    pub updated: Range,
}

/// The payment agreements that the viewer may see and wants.
pub fn payment_agreements(
    viewer: &Viewer,
    filter: &PaymentAgreementFilter,
    by: ByTime,
    direction: Direction,
) -> List<payment_agreement::Entity> {
    use payment_agreement::Column::{
        CreatedAt, CustomerId, Id, Method, OrderId, PartnerId, Status, UpdatedAt,
    };
    let rows = access::visible::<payment_agreement::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(OrderId, filter.order))
        .filter(among(Method, filter.methods.as_ref()))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated));
    let sort = match by {
        ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
        ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
    };
    let narrowed = filter.customer.is_some()
        || filter.partner.is_some()
        || filter.order.is_some()
        || filter.methods.is_some();
    let (status, statuses, partner) = (Status, filter.statuses.as_ref(), PartnerId);
    Broad { viewer, status, statuses, partner, narrowed }.list(rows, sort)
}
