//! `orderStatusChanged`: every move of every order that the caller may see.

use async_graphql::{Context, InputObject, Object, Subscription};
use entity::{CustomerId, EventKind, OrderId, PartnerId};
use futures_util::{Stream, TryStreamExt};

use super::open;
use crate::{
    access::may_name,
    events::{feed::Delivery, interest::Filter},
    graphql::{
        context::viewer,
        error::{ApiError, Result},
        id::Id,
        queries::Few,
        roles::SignedIn,
        scalars::{FeedCursor, Position, Time, int},
        types::{
            Order,
            enums::{ActorKind, OrderStatus, OrderTrigger},
        },
    },
};

/// Which moves to tell. What is left out does not narrow.
#[derive(Debug, Default, InputObject)]
pub struct OrderStatusChangedFilter {
    /// Moves of these orders; up to 100.
    #[graphql(validator(custom = "Few(\"orderIds\")"))]
    order_ids: Option<Vec<Id<OrderId>>>,
    /// Moves of this customer's orders.
    customer_id: Option<Id<CustomerId>>,
    /// Moves of orders that belong to this partner itself.
    partner_id: Option<Id<PartnerId>>,
    /// Moves into one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    status_in: Option<Vec<OrderStatus>>,
    /// Moves out of one of these statuses.
    #[graphql(validator(custom = "Few(\"fromStatusIn\")"))]
    from_status_in: Option<Vec<OrderStatus>>,
}

impl From<OrderStatusChangedFilter> for Filter {
    fn from(input: OrderStatusChangedFilter) -> Self {
        let statuses = |list: Option<Vec<OrderStatus>>| {
            list.map(|list| {
                list.into_iter()
                    .map(|status| entity::OrderStatus::from(status).as_str().to_owned())
                    .collect()
            })
        };
        Self {
            kinds: Some(vec![EventKind::OrderStatusChanged]),
            orders: input.order_ids.map(|ids| ids.into_iter().map(|id| id.0).collect()),
            customers: input.customer_id.map(|id| vec![id.0]),
            partners: input.partner_id.map(|id| vec![id.0]),
            to_statuses: statuses(input.status_in),
            from_statuses: statuses(input.from_status_in),
            ..Self::default()
        }
    }
}

/// One move of one order.
pub struct OrderStatusChange(Delivery);

/// One move of one order.
#[Object]
impl OrderStatusChange {
    /// Give this to `after` to go on with what follows this move.
    async fn cursor(&self) -> FeedCursor {
        FeedCursor(self.0.cursor)
    }

    /// The place of the move in the tenant's log: dense, ascending.
    async fn position(&self) -> Position {
        Position(self.0.cursor.position)
    }

    /// The status before; null when the order was created.
    async fn from(&self) -> Result<Option<OrderStatus>> {
        self.0.event.from_status.as_deref().map(status).transpose()
    }

    /// The status after.
    async fn to(&self) -> Result<OrderStatus> {
        status(self.0.event.to_status.as_deref().unwrap_or_default())
    }

    /// What made the order move.
    async fn trigger(&self) -> Option<OrderTrigger> {
        self.0.event.trigger.map(Into::into)
    }

    /// What kind of caller made it move.
    async fn actor_kind(&self) -> ActorKind {
        self.0.event.actor_kind.into()
    }

    /// Who made it move: `user:` and the subject of a JWT, `key:` and the prefix of an API key, or `system` where it
    /// moved by policy or by date. Null where they spoke for a partner that the caller may not see.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let event = &self.0.event;
        Ok(may_name(&viewer(ctx)?.scope, event.actor_partner_id).then_some(event.actor.as_str()))
    }

    /// Why, where somebody or something said why.
    async fn reason(&self) -> Option<&str> {
        self.0.event.reason.as_deref()
    }

    /// When it happened.
    async fn occurred_at(&self) -> Time {
        Time(self.0.event.occurred_at)
    }

    /// The order as it is now, which may be later than this move. Null if it was a draft that has been deleted since.
    async fn order(&self) -> Option<Order> {
        self.0.event.order_id.map(Order::by_id)
    }

    /// The id of the order, also where it has been deleted since.
    async fn order_id(&self) -> Option<Id<OrderId>> {
        self.0.event.order_id.map(Id)
    }

    /// The version that the order had right after this move. Versions of one order are dense.
    async fn order_version(&self) -> Result<i32> {
        int(self.0.event.order_version.unwrap_or_default())
    }
}

fn status(text: &str) -> Result<OrderStatus> {
    text.parse::<entity::OrderStatus>()
        .map(OrderStatus::from)
        .map_err(|()| anyhow::anyhow!("the log holds an unknown order status {text:?}").into())
}

#[derive(Debug, Default)]
pub struct OrderStatusChangedFeed;

#[Subscription]
impl OrderStatusChangedFeed {
    /// Every move of every order that the caller may see, from here on or from where it left off.
    #[graphql(guard = "SignedIn")]
    async fn order_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which moves to tell. Without it, all.")] filter: Option<
            OrderStatusChangedFilter,
        >,
        #[graphql(
            desc = "Start with what follows this cursor. Without it, only what is yet to happen is told."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<OrderStatusChange>>> {
        let feed = open(ctx, filter.unwrap_or_default().into(), after).await?;
        Ok(feed.deliveries().map_ok(OrderStatusChange).map_err(ApiError::from))
    }
}
