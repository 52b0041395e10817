//! `orderCounts`: how many orders have which status, kept up to date.

use std::sync::Arc;

use async_graphql::{Context, InputObject, SimpleObject, Subscription};
use domain::viewer::Viewer;
use entity::{CustomerId, PartnerId, event};
use futures_util::Stream;

use super::{
    live_state::{LiveState, follow},
    open,
};
use crate::{
    app::App,
    events::cursor::Cursor,
    graphql::{
        context::{app, viewer},
        error::Result,
        id::Id,
        roles::SignedIn,
        scalars::{FeedCursor, Position, int},
        types::enums::OrderStatus,
    },
    services::orders::count::{CountFilter, OrderCounts, count_orders},
};

/// Which orders are counted. What is left out does not narrow.
#[derive(Debug, Default, InputObject)]
pub struct OrderCountsFilter {
    /// This customer's orders.
    customer_id: Option<Id<CustomerId>>,
    /// Orders that belong to this partner itself.
    partner_id: Option<Id<PartnerId>>,
    /// Only orders that wait for the caller's own answer, which it may give now.
    #[graphql(default)]
    waits_for_me: bool,
}

/// How many orders have one status.
#[derive(SimpleObject)]
pub struct OrderStatusCount {
    /// The status.
    status: OrderStatus,
    /// How many orders have it.
    count: i32,
}

/// How many orders have which status, exactly as of one place in the tenant's log; with `waitsForMe`, as of that place at
/// least.
#[derive(SimpleObject)]
pub struct OrderStatusCounts {
    /// Give this to `after` to go on with what follows.
    cursor: FeedCursor,
    /// The place in the tenant's log that the counts belong to.
    position: Position,
    /// How many orders there are.
    total_count: i32,
    /// Every status, also those that no order has.
    by_status: Vec<OrderStatusCount>,
}

/// The counts of the orders that a viewer may see.
struct Counted {
    app: Arc<App>,
    viewer: Arc<Viewer>,
    filter: CountFilter,
}

impl LiveState for Counted {
    type State = OrderCounts;
    type Answer = OrderStatusCounts;

    async fn now(&self, _: Cursor) -> Result<(Cursor, OrderCounts)> {
        Ok(count_orders(&self.app, &self.viewer, self.filter).await?)
    }

    async fn after(
        &self,
        counts: &OrderCounts,
        events: &[Arc<event::Model>],
    ) -> Result<OrderCounts> {
        if !self.filter.is_counted_by_events() {
            let (_, counts) = count_orders(&self.app, &self.viewer, self.filter).await?;
            return Ok(counts);
        }
        let mut counts = counts.clone();
        for event in events {
            counts.apply(event);
        }
        Ok(counts)
    }

    fn digest(counts: &OrderCounts) -> u64 {
        counts.digest()
    }

    fn answer(
        at: Cursor,
        counts: &OrderCounts,
        _: Option<&OrderCounts>,
    ) -> Result<OrderStatusCounts> {
        let by_status = entity::OrderStatus::ALL
            .iter()
            .map(|status| {
                Ok(OrderStatusCount { status: (*status).into(), count: int(counts.of(*status))? })
            })
            .collect::<Result<_>>()?;
        Ok(OrderStatusCounts {
            cursor: FeedCursor(at),
            position: Position(at.position),
            total_count: int(counts.total())?,
            by_status,
        })
    }
}

#[derive(Debug, Default)]
pub struct OrderCountsFeed;

#[Subscription]
impl OrderCountsFeed {
    /// How many orders have which status, for the header of a dashboard: now, and each time it changes. Changes that
    /// come quickly one after another are told as one.
    #[graphql(guard = "SignedIn")]
    async fn order_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders are counted. Without it, all that the caller may see.")]
        filter: Option<OrderCountsFilter>,
        #[graphql(
            desc = "The cursor that was received last. If nothing has happened since, the counts are not told again."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<OrderStatusCounts>>> {
        let filter = filter.unwrap_or_default();
        let filter = CountFilter {
            customer: filter.customer_id.map(|id| id.0),
            partner: filter.partner_id.map(|id| id.0),
            waits_for_viewer: filter.waits_for_me,
        };
        let known = after.map(|after| after.0);
        let feed = open(ctx, filter.events(), after).await?;
        let (app, viewer) = (app(ctx).clone(), viewer(ctx)?.clone());
        follow(ctx, Counted { app, viewer, filter }, feed, known).await
    }
}
