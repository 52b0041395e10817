//! Mail, and who gets it.

use domain::viewer::Viewer;
use entity::{MailKind, MailStatus, OrderId, mail, mail_recipient};
use sea_orm::QueryFilter;

use super::{Range, among, equal, within};
use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// Which mail is wanted. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailFilter {
    pub statuses: Option<Vec<MailStatus>>,
    pub kinds: Option<Vec<MailKind>>,
    pub order: Option<OrderId>,
    pub created: Range,
}

/// Who gets mail, as far as the viewer may know, newest first.
pub fn mail_recipients(viewer: &Viewer) -> List<mail_recipient::Entity> {
    use mail_recipient::Column::{CreatedAt, Id};
    let sort = Sort::by_time(CreatedAt, Id, Direction::Descending);
    List::new(access::visible::<mail_recipient::Entity>(viewer), sort)
}

/// The mail that the viewer may see and wants, newest first.
pub fn mails(viewer: &Viewer, filter: &MailFilter) -> List<mail::Entity> {
    use mail::Column::{CreatedAt, Id, Kind, OrderId, Status};
    let rows = access::visible::<mail::Entity>(viewer)
        .filter(among(Status, filter.statuses.as_ref()))
        .filter(among(Kind, filter.kinds.as_ref()))
        .filter(equal(OrderId, filter.order))
        .filter(within(CreatedAt, filter.created));
    List::new(rows, Sort::by_time(CreatedAt, Id, Direction::Descending))
}
