//! What can be watched: the documents, and who is interested in what.

use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

use super::world::Tenant;
use crate::entry::{Told, Watch};

/// The moves of orders, and no more.
pub(super) const LEAN: &str = "subscription($after: FeedCursor, $filter: OrderStatusChangedFilter) {
    orderStatusChanged(after: $after, filter: $filter) { position from to trigger orderId orderVersion }
}";
/// The moves with all that a screen shows beside them.
const NESTED: &str = "subscription($after: FeedCursor, $filter: OrderStatusChangedFilter) {
    orderStatusChanged(after: $after, filter: $filter) {
        position from to trigger orderId orderVersion
        order { version reference customer { id name } lines { id status quantity offer { name product { name } } } }
    }
}";
/// Everything that there is to know of an event.
const FULL: &str = "subscription($after: FeedCursor, $filter: EventFilter) {
    events(after: $after, filter: $filter) {
        position kind orderId orderVersion trigger fromStatus toStatus
        customer { id } partner { id } order { version reference }
    }
}";
/// All events, briefly.
const BRIEF: &str = "subscription($after: FeedCursor, $filter: EventFilter) {
    events(after: $after, filter: $filter) { position orderId orderVersion trigger fromStatus toStatus }
}";
/// One order, now and at each change.
const ORDER: &str = "subscription($after: FeedCursor, $id: ID!) {
    orderUpdated(after: $after, id: $id) { id version status }
}";

/// How many orders have which status.
const COUNTS: &str = "subscription($after: FeedCursor, $filter: OrderCountsFilter) {
    orderCounts(after: $after, filter: $filter) { position byStatus { status count } }
}";
/// The first page of a list, live.
const PAGE: &str = "subscription($after: FeedCursor) {
    orderQueue(first: 10, after: $after) {
        position snapshot orderIds entered { id version } changed { id version } left
    }
}";
/// The same page, as it is.
pub(super) const PAGE_NOW: &str = "{ orders(first: 10) { nodes { id version } } }";

pub(super) const MOVED: &str = "ORDER_STATUS_CHANGED";
/// What `orderUpdated` tells of.
const OF_ORDER: &[&str] = &[MOVED, "ORDER_UPDATED", "ORDER_DELETED", "ORDER_LINE_STATUS_CHANGED"];
const STATUSES: &[&[&str]] =
    &[&["APPROVED", "REJECTED"], &["PENDING_APPROVAL"], &["COMPLETED", "CANCELLED"]];

/// What a watcher looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A stream of events.
    Events,
    /// One order after the other.
    Order,
    /// A list that is read first and followed then.
    List,
    /// How many orders have which status.
    Counts,
    /// The first page of a list.
    Page,
}

/// One watcher's feed.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) subject: Subject,
    pub(super) key: String,
    pub(super) document: &'static str,
    /// Without `after`.
    pub(super) variables: Value,
    pub(super) wants: Watch,
    /// Where it begins; none: with what is yet to happen.
    pub(super) cursor: Option<String>,
}

impl Feed {
    /// The feed of a tenant's nth watcher. The first ones see everything from the beginning, so that nothing happens
    /// that nobody knows of; most of the others want exactly the same.
    pub(super) fn of(tenant: &Tenant, number: usize, random: &mut StdRng) -> Self {
        let everything = |document, name: &str| Self {
            subject: Subject::Events,
            key: tenant.admin.clone(),
            document,
            variables: json!({}),
            wants: Watch {
                tenant: tenant.id.clone(),
                document: name.to_owned(),
                ..Watch::default()
            },
            cursor: Some(tenant.beginning.clone()),
        };
        let moves = |document, name: &str| {
            let mut feed = everything(document, name);
            feed.wants.kinds = Some(vec![MOVED.to_owned()]);
            feed
        };
        if number < 3 {
            return everything(FULL, "full");
        }
        let customer = &tenant.customers[random.random_range(0..tenant.customers.len())];
        let mut feed = match random.random_range(0..100) {
            0..40 => moves(LEAN, "lean"),
            40..55 => moves(NESTED, "nested"),
            55..60 => everything(BRIEF, "brief"),
            60..66 => {
                let mut feed = moves(LEAN, "lean of a customer");
                feed.variables = json!({ "filter": { "customerId": customer.id } });
                feed.wants.customer = Some(customer.id.clone());
                feed
            }
            66..72 => {
                let mut feed = moves(NESTED, "nested of a partner");
                feed.variables = json!({ "filter": { "partnerId": tenant.partner.id } });
                feed.wants.partner = Some(tenant.partner.id.clone());
                feed
            }
            72..80 => {
                let statuses = STATUSES[random.random_range(0..STATUSES.len())];
                let mut feed = moves(LEAN, "lean by status");
                feed.variables = json!({ "filter": { "statusIn": statuses } });
                feed.wants.to_statuses = Some(statuses.iter().map(ToString::to_string).collect());
                feed
            }
            80..86 => {
                let mut feed = everything(BRIEF, "brief for a buyer");
                feed.key.clone_from(&customer.key);
                feed.wants.customer_scope = Some(customer.id.clone());
                feed
            }
            86..90 => {
                let mut feed = moves(NESTED, "nested for the partner");
                feed.key.clone_from(&tenant.partner.key);
                feed.wants.partner_scope = Some(tenant.partner.id.clone());
                feed
            }
            90..92 => {
                let mut feed = everything(COUNTS, "counts");
                feed.subject = Subject::Counts;
                feed.cursor = None;
                // It tells a state, and no events.
                feed.wants.kinds = Some(Vec::new());
                if random.random_bool(0.5) {
                    feed.variables = json!({ "filter": { "customerId": customer.id } });
                    feed.wants.customer = Some(customer.id.clone());
                }
                feed
            }
            92..94 => {
                let mut feed = everything(PAGE, "page");
                feed.subject = Subject::Page;
                feed.cursor = None;
                feed.wants.kinds = Some(Vec::new());
                feed
            }
            94..97 => {
                let mut feed = everything(ORDER, "one order");
                feed.subject = Subject::Order;
                feed.cursor = None;
                feed.wants.kinds = Some(OF_ORDER.iter().map(ToString::to_string).collect());
                feed
            }
            _ => {
                let mut feed = moves(LEAN, "a list, then lean");
                feed.subject = Subject::List;
                feed.cursor = None;
                feed
            }
        };
        if feed.subject == Subject::Events && random.random_bool(0.2) {
            feed.cursor = None;
        }
        feed
    }

    /// Makes it the feed of one order.
    pub(super) fn of_order(&mut self, order: String) {
        self.variables = json!({ "id": order });
        self.wants.orders = Some(vec![order]);
    }

    /// What an answer tells, and at which position, where it says so itself.
    pub(super) fn told(&self, data: &Value) -> Option<(Option<i64>, Told)> {
        if let Some(order) = data.get("orderUpdated") {
            let told = Told {
                order: Some(order["id"].as_str()?.to_owned()),
                now: Some(order["version"].as_i64()?),
                ..Told::default()
            };
            return Some((None, told));
        }
        let event = data.as_object()?.values().next()?;
        let position = event["position"].as_str()?.parse().ok()?;
        Some((Some(position), Told::by(event)))
    }
}
