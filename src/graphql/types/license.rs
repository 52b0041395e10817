//! The right to use a product.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{LicenseId, license};

use super::{
    Customer, CustomerSubscription, Edition, Order, Partner, Product, enums::LicenseStatus,
};
use crate::graphql::{
    error::Result,
    id::Id,
    scalars::{Time, int},
};

/// The right to use a product.
#[derive(Clone, Debug)]
pub struct License(pub Arc<license::Model>);

/// The right to use a product.
#[Object]
impl License {
    /// The id of the license.
    pub(crate) async fn id(&self) -> Id<LicenseId> {
        Id(self.0.id)
    }

    /// The key of the license; unique in the tenant.
    async fn license_key(&self) -> &str {
        &self.0.license_key
    }

    /// A key from an earlier system; unique in the product.
    async fn legacy_license_key(&self) -> Option<&str> {
        self.0.legacy_license_key.as_deref()
    }

    /// Whether it can be used.
    async fn status(&self) -> LicenseStatus {
        self.0.status.into()
    }

    /// The customer that may use it. Null where the caller may not, or no longer, see the customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Customer::visible(ctx, self.0.customer_id).await
    }

    /// The partner through which it was sold. Null where there was none, or where the caller may not see the partner.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner_id).await
    }

    /// The product that may be used.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Product::visible(ctx, self.0.product_id).await
    }

    /// The edition that says what it includes.
    async fn edition(&self, ctx: &Context<'_>) -> Result<Option<Edition>> {
        Edition::visible(ctx, self.0.edition_id).await
    }

    /// The subscription that it was issued for. Null: it was imported.
    async fn subscription(&self, ctx: &Context<'_>) -> Result<Option<CustomerSubscription>> {
        CustomerSubscription::visible_if_some(ctx, self.0.subscription_id).await
    }

    /// The order that caused it. Null: it was imported.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Order::visible_if_some(ctx, self.0.order_id).await
    }

    /// How many users it covers.
    async fn user_limit(&self) -> i32 {
        self.0.user_limit
    }

    /// The reference that the approver of its order gave.
    async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// From when it is valid.
    async fn starts_at(&self) -> Time {
        Time(self.0.starts_at)
    }

    /// Until when it is valid. Null: without end.
    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Time)
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
}
