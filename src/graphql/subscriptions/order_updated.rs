//! `orderUpdated`: one order, now and each time it changes.

use async_graphql::{Context, Subscription};
use async_stream::try_stream;
use entity::{EventKind, OrderId};
use futures_util::{Stream, StreamExt};

use super::{begin, open, progress};
use crate::{
    events::{interest::Filter, progress::CarryOn},
    graphql::{
        context::{app, viewer},
        error::{ApiError, Code, Result},
        id::Id,
        roles::SignedIn,
        scalars::FeedCursor,
        types::Order,
    },
    services::orders::find::find_order,
};

#[derive(Debug, Default)]
pub struct OrderUpdatedFeed;

#[Subscription]
impl OrderUpdatedFeed {
    /// One order: as it is now, and again each time it or one of its lines changes. Ends when it was a draft and is
    /// deleted.
    #[graphql(guard = "SignedIn")]
    async fn order_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] id: Id<OrderId>,
        #[graphql(
            desc = "Start with the first change that follows this cursor, instead of with the order as it is now."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<Order>>> {
        let (app, viewer, progress) = (app(ctx).clone(), viewer(ctx)?.clone(), progress(ctx));
        let changes = Filter {
            kinds: Some(vec![
                EventKind::OrderStatusChanged,
                EventKind::OrderUpdated,
                EventKind::OrderDeleted,
                EventKind::OrderLineStatusChanged,
            ]),
            orders: Some(vec![id.0]),
            ..Filter::default()
        };
        let (resumes, is_carried) =
            (begin(ctx, after)?.is_some(), ctx.data_opt::<CarryOn>().is_some());
        // Opened before the order is read: what changes in between comes as a change.
        let feed = open(ctx, changes, after).await?;
        let now = if is_carried {
            // It was there when the feed began; if it is deleted, the feed will tell.
            None
        } else {
            let order = find_order(&app, &viewer, id.0).await?;
            Some(order.ok_or_else(|| ApiError::new(Code::NotFound, "There is no such order."))?)
        };
        Ok(try_stream! {
            if let Some(now) = now && !resumes {
                progress.hand_out(feed.start());
                yield Order::by_row(&now);
            }
            let mut deliveries = std::pin::pin!(feed.deliveries());
            while let Some(delivery) = deliveries.next().await {
                delivery?;
                let Some(order) = find_order(&app, &viewer, id.0).await? else { return };
                yield Order::by_row(&order);
            }
        })
    }
}
