//! `orderLineQueue`: the first page of a list of order lines, kept up to date.

use async_graphql::{Context, SimpleObject, Subscription};
use entity::{EventKind, OrderLineId};
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
        queries::{OrderLineFilter, OrderLineOrder},
        roles::SignedIn,
        scalars::{FeedCursor, Position},
        types::order_line::OrderLines,
    },
    services::{lists, queue::Difference},
};

/// A page of order lines as it is now, and what happened to it since it was last told.
#[derive(SimpleObject)]
pub struct OrderLineQueueUpdate {
    /// Give this to `after` to go on with what follows.
    cursor: FeedCursor,
    /// The place in the tenant's log that the page has reached at least.
    position: Position,
    /// Whether this is the whole page, and not a change of it: forget what was told before.
    snapshot: bool,
    /// The lines that are on the page now, the first one first.
    order_line_ids: Vec<Id<OrderLineId>>,
    /// The lines that came onto the page; in a snapshot, all of them.
    entered: OrderLines,
    /// The lines that were on the page and are still, but changed.
    changed: OrderLines,
    /// The lines that are no longer on the page: they do not match any more, others took their places, or their order was
    /// deleted or given other lines.
    left: Vec<Id<OrderLineId>>,
}

impl Update<OrderLineId> for OrderLineQueueUpdate {
    fn of(
        at: Cursor,
        snapshot: bool,
        ids: Vec<OrderLineId>,
        difference: Difference<OrderLineId>,
    ) -> Self {
        let Difference { entered, changed, left } = difference;
        Self {
            cursor: FeedCursor(at),
            position: Position(at.position),
            snapshot,
            order_line_ids: ids.into_iter().map(Id).collect(),
            entered: OrderLines::new(entered),
            changed: OrderLines::new(changed),
            left: left.into_iter().map(Id).collect(),
        }
    }
}

#[derive(Debug, Default)]
pub struct OrderLineQueueFeed;

#[Subscription]
impl OrderLineQueueFeed {
    /// The first page of a list of order lines, live: the page as it is, and then each time a line comes onto it, changes
    /// on it or leaves it. Changes that come quickly one after another are told as one.
    #[graphql(guard = "SignedIn")]
    async fn order_line_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lines are wanted. Without it, all that the caller may see.")]
        filter: Option<OrderLineFilter>,
        #[graphql(
            desc = "How the list is sorted. Without it, the line of the order created last comes first."
        )]
        order_by: Option<OrderLineOrder>,
        #[graphql(desc = "How many lines the page has, 1 to 100.", default = 20)] first: i32,
        #[graphql(
            desc = "The cursor that was received last. The page is told afresh, and with it all that has happened since."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<OrderLineQueueUpdate>>> {
        let viewer = viewer(ctx)?;
        let filter = filter.unwrap_or_default();
        let changes = Filter {
            kinds: Some(vec![
                EventKind::OrderStatusChanged,
                EventKind::OrderUpdated,
                EventKind::OrderDeleted,
                EventKind::OrderLineStatusChanged,
            ]),
            orders: filter.order_id.map(|id| vec![id.0]),
            customers: filter.customer_id.map(|id| vec![id.0]),
            partners: filter.partner_id.map(|id| vec![id.0]),
            ..Filter::default()
        };
        let direction = OrderLineOrder::read(order_by);
        let list = lists::order_lines::order_lines(viewer, &filter.try_into()?, direction);
        let feed = open(ctx, changes, after).await?;
        let page = Page::<_, OrderLineQueueUpdate>::new(app(ctx).clone(), list, first);
        follow(ctx, page, feed, None).await
    }
}
