//! A fact in the tenant's log.

use async_graphql::{Context, Object};
use entity::{EventId, InvoiceId, LicenseId, OrderId, SubjectKind as Kind, SubscriptionId, event};

use super::{
    Customer, CustomerSubscription, Invoice, License, Order, OrderLine, Partner,
    enums::{ActorKind, EventKind, OrderTrigger, SubjectKind},
};
use crate::{
    access::may_name,
    events::cursor::Cursor,
    graphql::{
        connection::Listed,
        context::viewer,
        error::Result,
        id::Id,
        loaders::{by_id::LogOfTenant, load},
        scalars::{FeedCursor, Position, Time, int},
    },
};

/// A view of an event that the viewer is known to see.
#[derive(Clone, Debug)]
pub struct Event(pub event::Model);

impl From<event::Model> for Event {
    fn from(event: event::Model) -> Self {
        Self(event)
    }
}

impl Listed for Event {
    type Entity = event::Entity;
}

/// Something that happened.
#[Object]
impl Event {
    /// The id of the event.
    pub(crate) async fn id(&self) -> Id<EventId> {
        Id(self.0.id)
    }

    /// The place of the event in the tenant's log: 1, 2, 3, … Null for a moment, until it has been given one.
    async fn position(&self) -> Option<Position> {
        self.0.position.map(Position)
    }

    /// The place in the log from which a live feed goes on with the event that follows this one. Null as long as the
    /// event has no position.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<Option<FeedCursor>> {
        let Some(position) = self.0.position else { return Ok(None) };
        let log = load(ctx, LogOfTenant(self.0.tenant_id)).await?;
        Ok(log.map(|log| FeedCursor(Cursor { epoch: log.epoch, position })))
    }

    /// What happened.
    async fn kind(&self) -> EventKind {
        self.0.kind.into()
    }

    /// The kind of thing that it happened to.
    async fn subject_kind(&self) -> SubjectKind {
        self.0.subject_kind.into()
    }

    /// The order that it happened to, or that caused it. Null where there is none, or where it was deleted.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Order::visible_if_some(ctx, self.0.order_id).await
    }

    /// The id of the order that it happened to, or that caused it; also where the order was deleted.
    async fn order_id(&self) -> Option<Id<OrderId>> {
        self.0.order_id.map(Id)
    }

    /// The order line that it happened to. Null where there is none.
    async fn order_line(&self, ctx: &Context<'_>) -> Result<Option<OrderLine>> {
        match self.0.order_line_id {
            Some(id) => OrderLine::visible(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The subscription that it happened to. Null where it happened to something else.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<CustomerSubscription>> {
        match self.0.subject_kind {
            Kind::Subscription => {
                CustomerSubscription::visible(ctx, SubscriptionId(self.0.subject_id)).await
            }
            Kind::Order | Kind::License | Kind::Invoice => Ok(None),
        }
    }

    /// The license that it happened to. Null where it happened to something else.
    async fn license(&self, ctx: &Context<'_>) -> Result<Option<License>> {
        match self.0.subject_kind {
            Kind::License => License::visible(ctx, LicenseId(self.0.subject_id)).await,
            Kind::Order | Kind::Subscription | Kind::Invoice => Ok(None),
        }
    }

    /// The invoice that it happened to. Null where it happened to something else.
    async fn invoice(&self, ctx: &Context<'_>) -> Result<Option<Invoice>> {
        match self.0.subject_kind {
            Kind::Invoice => Invoice::visible(ctx, InvoiceId(self.0.subject_id)).await,
            Kind::Order | Kind::Subscription | Kind::License => Ok(None),
        }
    }

    /// The customer that it concerns. Null where the caller may not, or no longer, see the customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Customer::visible(ctx, self.0.customer_id).await
    }

    /// The partner that it concerns. Null where there is none, or where the caller may not see the partner.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner_id).await
    }

    /// The version that the order had afterwards; dense per order. Null where the order itself did not change.
    async fn order_version(&self) -> Result<Option<i32>> {
        self.0.order_version.map(int).transpose()
    }

    /// What made the order move. Null where no order moved.
    async fn trigger(&self) -> Option<OrderTrigger> {
        self.0.trigger.map(Into::into)
    }

    /// The status before. Null where there was none.
    async fn from_status(&self) -> Option<&str> {
        self.0.from_status.as_deref()
    }

    /// The status afterwards. Null where no status changed.
    async fn to_status(&self) -> Option<&str> {
        self.0.to_status.as_deref()
    }

    /// What kind of caller did it.
    async fn actor_kind(&self) -> ActorKind {
        self.0.actor_kind.into()
    }

    /// Who did it: `user:` and the subject of a JWT, `key:` and the prefix of an API key, or `system` where it happened
    /// by policy or by date. Null where they spoke for a partner that the caller may not see.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(may_name(viewer(ctx)?, self.0.actor_partner_id).then_some(self.0.actor.as_str()))
    }

    /// Why it was done, in the words of whoever did it.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it happened.
    async fn occurred_at(&self) -> Time {
        Time(self.0.occurred_at)
    }
}
