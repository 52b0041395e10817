//! `events`: everything that happens to orders, subscriptions, licenses, invoices, billing runs, webhook endpoints
//! and payment agreements.

use async_graphql::{Context, InputObject, Subscription};
use entity::{CustomerId, OrderId, PartnerId, PaymentAgreementId};
use futures_util::{Stream, TryStreamExt, future::Either, stream};

use super::open;
use crate::{
    events::interest::Filter,
    graphql::{
        error::{ApiError, Result},
        id::Id,
        queries::Few,
        request::OneEvent,
        roles::SignedIn,
        scalars::FeedCursor,
        types::{Event, enums::EventKind},
    },
};

/// Which events to tell. What is left out does not narrow.
#[derive(Debug, Default, InputObject)]
pub struct EventFilter {
    /// Events of these kinds.
    #[graphql(validator(custom = "Few(\"kindIn\")"))]
    kind_in: Option<Vec<EventKind>>,
    /// Events that this order is the subject or the cause of.
    order_id: Option<Id<OrderId>>,
    /// Events about what belongs to this customer.
    customer_id: Option<Id<CustomerId>>,
    /// Events about what belongs to this partner itself.
    partner_id: Option<Id<PartnerId>>,
    /// Events about this payment agreement.
    payment_agreement_id: Option<Id<PaymentAgreementId>>,
}

impl From<EventFilter> for Filter {
    fn from(input: EventFilter) -> Self {
        Self {
            kinds: input.kind_in.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            orders: input.order_id.map(|id| vec![id.0]),
            customers: input.customer_id.map(|id| vec![id.0]),
            partners: input.partner_id.map(|id| vec![id.0]),
            subject: input.payment_agreement_id.map(|id| id.0.0),
            ..Self::default()
        }
    }
}

#[derive(Debug, Default)]
pub struct EventsFeed;

#[Subscription]
impl EventsFeed {
    /// Everything that happens to orders, subscriptions, licenses, invoices, billing runs, webhook endpoints and payment
    /// agreements that the caller may see.
    #[graphql(guard = "SignedIn")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which events to tell. Without it, all.")] filter: Option<EventFilter>,
        #[graphql(
            desc = "Start with what follows this cursor. Without it, only what is yet to happen is told."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<Event>>> {
        if let Some(OneEvent(event)) = ctx.data_opt() {
            return Ok(Either::Left(stream::iter([Ok(Event::by_row(event.as_ref()))])));
        }
        let feed = open(ctx, filter.unwrap_or_default().into(), after).await?;
        let told = feed.deliveries().map_ok(|delivery| Event::by_row(delivery.event.as_ref()));
        Ok(Either::Right(told.map_err(ApiError::from)))
    }
}
