//! `orderQueue`: the first page of a list of orders, kept up to date.

use async_graphql::{Context, SimpleObject, Subscription};
use entity::{EventKind, OrderId};
use futures_util::Stream;

use super::{
    live_state::follow,
    open,
    queue::{Page, Update},
};
use crate::{
    events::{cursor::Cursor, interest::Filter},
    graphql::{
        context::{app, viewer},
        error::Result,
        id::Id,
        queries::{OrderFilter, TimeOrder},
        roles::SignedIn,
        scalars::{FeedCursor, Position},
        types::order::Orders,
    },
    services::{lists, queue::Difference},
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

impl Update<OrderId> for OrderQueueUpdate {
    fn of(at: Cursor, snapshot: bool, ids: Vec<OrderId>, difference: Difference<OrderId>) -> Self {
        let Difference { entered, changed, left } = difference;
        Self {
            cursor: FeedCursor(at),
            position: Position(at.position),
            snapshot,
            order_ids: ids.into_iter().map(Id).collect(),
            entered: Orders::new(entered),
            changed: Orders::new(changed),
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
        let viewer = viewer(ctx)?;
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
        let list = lists::orders::orders(viewer, &filter.try_into()?, by, direction);
        let feed = open(ctx, changes, after).await?;
        let page = Page::<_, OrderQueueUpdate>::new(app(ctx).clone(), list, first);
        follow(ctx, page, feed, None).await
    }
}
