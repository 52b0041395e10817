//! Invoices.

use chrono::NaiveDate;
use domain::viewer::Viewer;
use entity::{AgreementId, CustomerId, InvoiceKind, InvoiceStatus, PartnerId, invoice};
use sea_orm::{ColumnTrait, Condition, ExprTrait, QueryFilter};

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
    pub kind: Option<InvoiceKind>,
    /// Whether the day by which it is to be paid is over, and something is open.
    pub overdue: Option<bool>,
    /// To be paid before this day.
    pub due_before: Option<NaiveDate>,
    /// Issued on this day or later.
    pub issued_from: Option<NaiveDate>,
    /// Issued before this day.
    pub issued_until: Option<NaiveDate>,
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
    use invoice::Column::{
        AgreementId, CreatedAt, CustomerId, DueOn, Id, IssuedOn, Kind as OfKind, PartnerId, Status,
        UpdatedAt,
    };
    let rows = access::visible::<invoice::Entity>(viewer)
        .filter(equal(CustomerId, filter.customer))
        .filter(equal(PartnerId, filter.partner))
        .filter(equal(AgreementId, filter.agreement))
        .filter(equal(OfKind, filter.kind))
        .filter(overdue(filter.overdue))
        .filter(Condition::all().add_option(filter.due_before.map(|day| DueOn.lt(day))))
        .filter(Condition::all().add_option(filter.issued_from.map(|day| IssuedOn.gte(day))))
        .filter(Condition::all().add_option(filter.issued_until.map(|day| IssuedOn.lt(day))))
        .filter(within(CreatedAt, filter.created))
        .filter(within(UpdatedAt, filter.updated));
    let sort = match by {
        ByTime::Created => Sort::by_time(CreatedAt, Id, direction),
        ByTime::Updated => Sort::by_time(UpdatedAt, Id, direction),
    };
    let narrowed = filter.customer.is_some()
        || filter.partner.is_some()
        || filter.agreement.is_some()
        || filter.kind.is_some()
        || filter.overdue.is_some()
        || filter.due_before.is_some()
        || filter.issued_from.is_some()
        || filter.issued_until.is_some();
    let (status, statuses, partner) = (Status, filter.statuses.as_ref(), PartnerId);
    Broad { viewer, status, statuses, partner, narrowed }.list(rows, sort).matching(search::search(
        viewer,
        filter.text.as_ref(),
        &[(Id, Kind::Invoice), (CustomerId, Kind::Customer)],
    ))
}

fn overdue(wanted: Option<bool>) -> Condition {
    use invoice::Column::{OverdueSince, Status};
    let is_overdue = OverdueSince.is_not_null().and(Status.eq(InvoiceStatus::Issued));
    Condition::all().add_option(wanted.map(|wanted| {
        if wanted {
            Condition::all().add(is_overdue)
        } else {
            Condition::all().add(is_overdue).not()
        }
    }))
}
