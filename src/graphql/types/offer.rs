//! What can be bought: one tier of a product.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{OfferId, offer};

use super::{
    CustomerSubscription, Edition, Order, Price, Product,
    enums::{Billing, BillingPeriod, CatalogStatus},
};
use crate::{
    graphql::{
        connection::connections,
        error::Result,
        id::Id,
        loaders::{by_parent::PricesOfOffer, load_list},
        scalars::{Time, int},
    },
    services::{
        lists::{self, orders::OrderFilter, subscriptions::SubscriptionFilter},
        page::Direction::Descending,
    },
};

/// What can be bought: one tier of a product.
#[derive(Clone, Debug)]
pub struct Offer(pub Arc<offer::Model>);

/// What can be bought: one tier of a product.
#[Object]
impl Offer {
    /// The id of the offer.
    pub(crate) async fn id(&self) -> Id<OfferId> {
        Id(self.0.id)
    }

    /// What the seller calls the offer; unique in the tenant.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The name of the offer.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the offer includes.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The product that the offer is a tier of.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Product::visible(ctx, self.0.product_id).await
    }

    /// How it is charged.
    async fn billing(&self) -> Billing {
        self.0.billing.into()
    }

    /// How long one period is. Null where it is charged once.
    async fn billing_period(&self) -> Option<BillingPeriod> {
        self.0.billing_period.map(Into::into)
    }

    /// The least that can be bought.
    async fn min_quantity(&self) -> i32 {
        self.0.min_quantity
    }

    /// The most that can be bought. Null: no limit.
    async fn max_quantity(&self) -> Option<i32> {
        self.0.max_quantity
    }

    /// The edition in which a license is issued. Null: none is.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        Edition::visible_if_some(ctx, self.0.edition_id).await
    }

    /// Whether it can still be bought.
    async fn status(&self) -> CatalogStatus {
        self.0.status.into()
    }

    /// What it costs: one price for each currency.
    async fn prices(&self, ctx: &Context<'_>) -> Result<Vec<Price>> {
        let prices = load_list(ctx, PricesOfOffer(self.0.id)).await?;
        Ok(prices.iter().cloned().map(Price).collect())
    }

    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    async fn version(&self) -> Result<i32> {
        int(self.0.version)
    }

    /// When it was created.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }

    #[graphql(flatten)]
    async fn lists(&self) -> OfferLists {
        OfferLists(self.0.id)
    }
}

connections! { OfferLists(OfferId) {
    /// The orders with a line for the offer, newest first.
    orders: Order = |viewer, parent| lists::orders::orders(viewer, &OrderFilter { offer: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending);
    /// The subscriptions to the offer, newest first.
    subscriptions: CustomerSubscription = |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { offer: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending);
} }
