//! A stretch of time in which a subscription has one quantity and one price.

use async_graphql::{Context, Object};
use entity::{SubscriptionPeriodId, subscription_period};

use super::{CustomerSubscription, Money, OrderLine};
use crate::graphql::{error::Result, id::Id, scalars::Time};

/// A period, and the subscription that it belongs to.
#[derive(Clone, Debug)]
pub struct SubscriptionPeriod {
    period: subscription_period::Model,
    subscription: CustomerSubscription,
}

impl SubscriptionPeriod {
    pub fn new(period: subscription_period::Model, subscription: CustomerSubscription) -> Self {
        Self { period, subscription }
    }
}

/// A stretch of time in which a subscription has one quantity and one price.
#[Object]
impl SubscriptionPeriod {
    /// The id of the period.
    pub(crate) async fn id(&self) -> Id<SubscriptionPeriodId> {
        Id(self.period.id)
    }

    /// The subscription.
    async fn subscription(&self) -> &CustomerSubscription {
        &self.subscription
    }

    /// Counts from 1 within the subscription.
    async fn period_number(&self) -> i32 {
        self.period.period_number
    }

    /// The first moment of the period.
    async fn starts_at(&self) -> Time {
        Time(self.period.starts_at)
    }

    /// The first moment that no longer belongs to the period. Null: open, as of a one-time offer.
    async fn ends_at(&self) -> Option<Time> {
        self.period.ends_at.map(Time)
    }

    /// How many units the customer has in the period.
    async fn quantity(&self) -> i32 {
        self.period.quantity
    }

    /// The net price of one unit in the period.
    async fn unit_price(&self) -> Money {
        Money::new(self.period.unit_amount, &self.subscription.0.currency)
    }

    /// The order line that opened the period. Null: time passed.
    async fn order_line(&self, ctx: &Context<'_>) -> Result<Option<OrderLine>> {
        match self.period.order_line_id {
            Some(id) => OrderLine::visible(ctx, id).await,
            None => Ok(None),
        }
    }
}
