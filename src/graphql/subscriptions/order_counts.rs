//! `orderCounts`: how many orders have which status, kept up to date.

use std::sync::Arc;

use async_graphql::{Context, InputObject, SimpleObject, Subscription};
use async_stream::try_stream;
use entity::{CustomerId, PartnerId};
use futures_util::{FutureExt, Stream, StreamExt};

use super::{carried, open, progress};
use crate::{
    events::{
        cursor::Cursor,
        progress::{Handover, State},
    },
    graphql::{
        context::{app, viewer},
        error::{ApiError, Result},
        guards::SignedIn,
        id::Id,
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
}

/// How many orders have one status.
#[derive(SimpleObject)]
pub struct OrderStatusCount {
    /// The status.
    status: OrderStatus,
    /// How many orders have it.
    count: i32,
}

/// How many orders have which status, exactly as of one place in the tenant's log.
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

impl OrderStatusCounts {
    fn new(at: Cursor, counts: &OrderCounts) -> Result<Self> {
        let by_status = entity::OrderStatus::ALL
            .iter()
            .map(|status| {
                Ok(OrderStatusCount { status: (*status).into(), count: int(counts.of(*status))? })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
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
        let (app, viewer, progress) = (app(ctx).clone(), viewer(ctx)?.clone(), progress(ctx));
        let filter = filter.unwrap_or_default();
        let filter = CountFilter {
            customer: filter.customer_id.map(|id| id.0),
            partner: filter.partner_id.map(|id| id.0),
        };
        let asked = after.map(|after| after.0);
        let feed = open(ctx, filter.events(), after).await?.with_state();
        let (feed, mut counts, tell) = if let Some(counts) = carried::<OrderCounts>(ctx) {
            (feed, counts, false)
        } else {
            let (at, counts) = count_orders(&app, &viewer, filter).await?;
            (feed.from(at), Arc::new(counts), asked != Some(at))
        };
        let mut at = feed.start();
        Ok(try_stream! {
            progress.set_state(counts.digest());
            if tell {
                progress.hand_out(at);
                yield OrderStatusCounts::new(at, &counts)?;
            }
            let mut deliveries = Box::pin(feed.deliveries());
            loop {
                let state = State::new(counts.digest(), counts.clone());
                progress.offer(Handover { at, behind: 0, state }).await;
                let Some(first) = deliveries.next().await else { return };
                let mut now = OrderCounts::clone(&counts);
                let mut next = Some(first);
                while let Some(delivery) = next {
                    let delivery = delivery.map_err(ApiError::from)?;
                    now.apply(&delivery.event);
                    at = delivery.cursor;
                    next = deliveries.next().now_or_never().flatten();
                }
                if now == *counts {
                    progress.withdraw(at);
                    continue;
                }
                counts = Arc::new(now);
                progress.set_state(counts.digest());
                yield OrderStatusCounts::new(at, &counts)?;
            }
        })
    }
}
