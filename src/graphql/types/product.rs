//! A group of similar offers from one vendor.

use std::sync::Arc;

use async_graphql::Object;
use entity::{ProductId, product};

use super::{
    CustomerSubscription, Edition, License, Offer, Order,
    enums::{CatalogStatus, Provisioning},
};
use crate::{
    graphql::{
        connection::connections,
        error::Result,
        id::Id,
        scalars::{Time, int},
    },
    services::{
        lists::{
            self, editions::EditionFilter, licenses::LicenseFilter, offers::OfferFilter,
            orders::OrderFilter, subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

/// A group of similar offers from one vendor.
#[derive(Clone, Debug)]
pub struct Product(pub Arc<product::Model>);

/// A group of similar offers from one vendor.
#[Object]
impl Product {
    /// The id of the product.
    pub(crate) async fn id(&self) -> Id<ProductId> {
        Id(self.0.id)
    }

    /// What the seller calls the product; unique in the tenant.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The name of the product.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Who makes the product.
    async fn vendor(&self) -> &str {
        &self.0.vendor
    }

    /// What the product is.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// How its order lines are carried out.
    async fn provisioning(&self) -> Provisioning {
        self.0.provisioning.into()
    }

    /// Whether it can still be bought.
    async fn status(&self) -> CatalogStatus {
        self.0.status.into()
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
    async fn lists(&self) -> ProductLists {
        ProductLists(self.0.id)
    }
}

connections! { ProductLists(ProductId) {
    /// The offers of the product, newest first.
    offers: Offer = |viewer, parent| lists::offers::offers(viewer, &OfferFilter { product: Some(parent), ..OfferFilter::default() }, lists::ByTimeOrName::Created, Descending);
    /// The editions in which the product is licensed, newest first.
    editions: Edition = |viewer, parent| lists::editions::editions(viewer, &EditionFilter { product: Some(parent) }, Descending);
    /// The orders with a line for the product, newest first.
    orders: Order = |viewer, parent| lists::orders::orders(viewer, &OrderFilter { product: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending);
    /// The subscriptions to the product, newest first.
    subscriptions: CustomerSubscription = |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { product: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending);
    /// The licenses for the product, newest first.
    licenses: License = |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { product: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending);
} }
