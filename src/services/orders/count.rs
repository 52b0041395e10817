//! How many orders have which status, at a place in the log, and from there on with every event.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use domain::viewer::Viewer;
use entity::{CustomerId, EventKind, OrderStatus, PartnerId, event, order};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    access,
    app::App,
    events::{cursor::Cursor, interest::Filter, log},
    services::lists::waiting::waits_for,
};

/// Which orders are counted. An empty filter counts all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountFilter {
    pub customer: Option<CustomerId>,
    pub partner: Option<PartnerId>,
    /// Only those that the viewer itself may answer now.
    pub waits_for_viewer: bool,
}

impl CountFilter {
    /// Whether events say how the counts change.
    pub fn is_counted_by_events(self) -> bool {
        !self.waits_for_viewer
    }

    /// The events that change the counts.
    pub fn events(self) -> Filter {
        Filter {
            kinds: Some(vec![EventKind::OrderStatusChanged, EventKind::OrderDeleted]),
            customers: self.customer.map(|id| vec![id]),
            partners: self.partner.map(|id| vec![id]),
            ..Filter::default()
        }
    }
}

/// How many orders have each status. A status that is missing has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrderCounts(BTreeMap<OrderStatus, i64>);

impl OrderCounts {
    pub fn of(&self, status: OrderStatus) -> i64 {
        self.0.get(&status).copied().unwrap_or_default()
    }

    pub fn total(&self) -> i64 {
        self.0.values().sum()
    }

    /// Equal for equal counts.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// The counts after an event.
    pub fn apply(&mut self, event: &event::Model) {
        self.shift(event, 1);
    }

    /// The counts before an event.
    fn undo(&mut self, event: &event::Model) {
        self.shift(event, -1);
    }

    fn shift(&mut self, event: &event::Model, by: i64) {
        let status = |text: Option<&String>| text.and_then(|text| text.parse().ok());
        let (from, to) = if event.kind == EventKind::OrderDeleted {
            // Only drafts are deleted.
            (Some(OrderStatus::Draft), None)
        } else {
            (status(event.from_status.as_ref()), status(event.to_status.as_ref()))
        };
        self.add(from, -by);
        self.add(to, by);
    }

    fn add(&mut self, status: Option<OrderStatus>, count: i64) {
        let Some(status) = status else { return };
        let of_status = self.0.entry(status).or_default();
        *of_status += count;
        if *of_status == 0 {
            self.0.remove(&status);
        }
    }
}

/// Counts the orders that the viewer may see, exactly as they were when the log had reached the cursor; those that wait for
/// the viewer, as they are now.
pub async fn count_orders(
    app: &App,
    viewer: &Viewer,
    filter: CountFilter,
) -> Result<(Cursor, OrderCounts), DbErr> {
    // One snapshot for both: what is counted belongs to one place in the log.
    let snapshot = app.store.snapshot().await?;
    let cursor = log::extent(&snapshot, viewer.tenant_id).await?.latest_cursor();
    let mut orders = access::visible::<order::Entity>(viewer);
    if let Some(id) = filter.customer {
        orders = orders.filter(order::Column::CustomerId.eq(id));
    }
    if let Some(id) = filter.partner {
        orders = orders.filter(order::Column::PartnerId.eq(id));
    }
    if filter.waits_for_viewer {
        orders = orders.filter(waits_for(viewer));
    }
    let counted: Vec<(OrderStatus, i64)> = orders
        .select_only()
        .column(order::Column::Status)
        .column_as(order::Column::Id.count(), "count")
        .group_by(order::Column::Status)
        .into_tuple()
        .all(&snapshot)
        .await?;
    let mut counts = OrderCounts(counted.into_iter().collect());
    // Committed, but not yet given a position: the feed will tell of it.
    let to_be_told = event::Entity::find()
        .filter(event::Column::TenantId.eq(viewer.tenant_id))
        .filter(event::Column::Position.is_null())
        .all(&snapshot)
        .await?;
    snapshot.commit().await?;
    let wanted = filter.events();
    // Events do not say who may answer: counts of that are taken afresh after each, and hold what is to be told already.
    let undone = if filter.is_counted_by_events() { to_be_told.as_slice() } else { &[] };
    for event in undone {
        if wanted.matches(event) && access::sees_event(viewer, event) {
            counts.undo(event);
        }
    }
    Ok((cursor, counts))
}
