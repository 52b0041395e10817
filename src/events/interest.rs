//! The interest of a feed: the events that its watcher wants and may see.

use std::sync::Arc;

use domain::viewer::Viewer;
use entity::{CustomerId, EventKind, OrderId, PartnerId, event};
use uuid::Uuid;

use crate::access;

/// Which events a watcher wants. An empty filter wants all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub kinds: Option<Vec<EventKind>>,
    pub orders: Option<Vec<OrderId>>,
    pub customers: Option<Vec<CustomerId>>,
    pub partners: Option<Vec<PartnerId>>,
    pub from_statuses: Option<Vec<String>>,
    pub to_statuses: Option<Vec<String>>,
    /// What the event is about, whatever kind of thing that is.
    pub subject: Option<Uuid>,
}

impl Filter {
    /// Whether the watcher wants the event.
    pub fn matches(&self, event: &event::Model) -> bool {
        fn wanted<T: PartialEq>(list: Option<&Vec<T>>, value: Option<&T>) -> bool {
            list.is_none_or(|list| value.is_some_and(|value| list.contains(value)))
        }
        let Self { kinds, orders, customers, partners, from_statuses, to_statuses, subject } = self;
        wanted(kinds.as_ref(), Some(&event.kind))
            && wanted(orders.as_ref(), event.order_id.as_ref())
            && wanted(customers.as_ref(), event.customer_id.as_ref())
            && wanted(partners.as_ref(), event.partner_id.as_ref())
            && wanted(from_statuses.as_ref(), event.from_status.as_ref())
            && wanted(to_statuses.as_ref(), event.to_status.as_ref())
            && subject.is_none_or(|subject| subject == event.subject_id)
    }
}

/// The events of one feed: those that its watcher wants and may see.
#[derive(Clone, Debug)]
pub(super) struct Interest {
    pub(super) filter: Filter,
    pub(super) viewer: Arc<Viewer>,
}

impl Interest {
    pub(super) fn covers(&self, event: &event::Model) -> bool {
        self.filter.matches(event) && access::sees_event(&self.viewer, event)
    }
}
