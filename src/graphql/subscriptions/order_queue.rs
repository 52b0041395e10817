//! `orderQueue`: the first page of a list of orders, kept up to date.

use std::sync::Arc;

use async_graphql::{Context, SimpleObject, Subscription};
use async_stream::try_stream;
use entity::{EventKind, OrderId, order};
use futures_util::{FutureExt, Stream, StreamExt};

use super::{carried, open, progress};
use crate::{
    events::{
        cursor::Cursor,
        interest::Filter,
        progress::{Handover, State},
    },
    graphql::{
        context::{app, viewer},
        error::{ApiError, Result},
        guards::SignedIn,
        id::Id,
        queries::{OrderFilter, TimeOrder},
        scalars::{FeedCursor, Position},
        types::order::Orders,
    },
    services::{
        lists,
        orders::queue::{Difference, Queue, read_queue},
    },
};

/// A page of orders as it is now, and what happened to it since it was last told.
#[derive(SimpleObject)]
pub struct OrderQueueUpdate {
    /// Give this to `after` to go on with what follows.
    cursor: FeedCursor,
    /// The place in the tenant's log that the page has reached at least.
    position: Position,
    /// Whether this is the whole page, and not a change of it: forget what was told before.
    snapshot: bool,
    /// The orders that are on the page now, the first one first.
    order_ids: Vec<Id<OrderId>>,
    /// The orders that came onto the page; in a snapshot, all of them.
    entered: Orders,
    /// The orders that were on the page and are still, but changed.
    changed: Orders,
    /// The orders that are no longer on the page: they do not match any more, others took their places, or they were
    /// deleted.
    left: Vec<Id<OrderId>>,
}

impl OrderQueueUpdate {
    fn new(cursor: Cursor, orders: &[order::Model], since: Option<Difference>) -> Self {
        let order_ids = orders.iter().map(|order| Id(order.id)).collect();
        let snapshot = since.is_none();
        let all =
            || Difference { entered: Queue::of(orders).ids().collect(), ..Default::default() };
        let Difference { entered, changed, left } = since.unwrap_or_else(all);
        let among = |ids: &[OrderId]| {
            Orders::new(orders.iter().map(|order| order.id).filter(|id| ids.contains(id)))
        };
        Self {
            cursor: FeedCursor(cursor),
            position: Position(cursor.position),
            snapshot,
            order_ids,
            entered: among(&entered),
            changed: among(&changed),
            left: left.into_iter().map(Id).collect(),
        }
    }
}

#[derive(Debug, Default)]
pub struct OrderQueueFeed;

#[Subscription]
impl OrderQueueFeed {
    /// The first page of a list of orders, live: the page as it is, and then each time an order comes onto it, changes
    /// on it or leaves it. Changes that come quickly one after another are told as one.
    #[graphql(guard = "SignedIn")]
    async fn order_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders are wanted. Without it, all that the caller may see.")]
        filter: Option<OrderFilter>,
        #[graphql(
            desc = "How the list is sorted. Without it, the order created last comes first."
        )]
        order_by: Option<TimeOrder>,
        #[graphql(desc = "How many orders the page has, 1 to 100.", default = 20)] first: i32,
        #[graphql(
            desc = "The cursor that was received last. The page is told afresh, and with it all that has happened since."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<OrderQueueUpdate>>> {
        let (app, viewer, progress) = (app(ctx).clone(), viewer(ctx)?.clone(), progress(ctx));
        let filter = filter.unwrap_or_default();
        let changes = Filter {
            kinds: Some(vec![
                EventKind::OrderStatusChanged,
                EventKind::OrderUpdated,
                EventKind::OrderDeleted,
            ]),
            customers: filter.customer_id.map(|id| vec![id.0]),
            partners: filter.partner_id.map(|id| vec![id.0]),
            ..Filter::default()
        };
        let (by, direction) = order_by.unwrap_or_default().read();
        let list = lists::orders::orders(&viewer, &filter.try_into()?, by, direction);
        let feed = open(ctx, changes, after).await?.with_state();
        let read =
            async move || read_queue(&app, &list, Some(first)).await?.map_err(ApiError::from);
        let (feed, snapshot, mut queue) = if let Some(queue) = carried::<Queue>(ctx) {
            (feed, None, queue)
        } else {
            // What happens between the head and the reading of the page comes as a change.
            let head = feed.head();
            let orders = read().await?;
            let queue = Arc::new(Queue::of(&orders));
            (feed.from(head), Some(OrderQueueUpdate::new(head, &orders, None)), queue)
        };
        let mut at = feed.start();
        Ok(try_stream! {
            progress.set_state(queue.digest());
            if let Some(snapshot) = snapshot {
                progress.hand_out(at);
                yield snapshot;
            }
            let mut deliveries = Box::pin(feed.deliveries());
            loop {
                let state = State::new(queue.digest(), queue.clone());
                progress.offer(Handover { at, behind: 0, state }).await;
                let Some(first) = deliveries.next().await else { return };
                at = first.map_err(ApiError::from)?.cursor;
                // What has happened by now is on the page that is about to be read.
                while let Some(Some(next)) = deliveries.next().now_or_never() {
                    at = next.map_err(ApiError::from)?.cursor;
                }
                let orders = read().await?;
                let now = Arc::new(Queue::of(&orders));
                let difference = now.since(&queue);
                if now == queue {
                    progress.withdraw(at);
                    continue;
                }
                queue = now;
                progress.set_state(queue.digest());
                yield OrderQueueUpdate::new(at, &orders, Some(difference));
            }
        })
    }
}
