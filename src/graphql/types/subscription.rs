//! What a customer holds after buying.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{SubscriptionId, subscription};

use super::{
    Agreement, Customer, InvoiceLine, License, Money, Offer, Order, Partner, Product,
    SubscriptionPeriod, enums::SubscriptionStatus,
};
use crate::{
    graphql::{
        connection::connections,
        error::Result,
        id::Id,
        loaders::{
            by_parent::{LicensesOfSubscription, PeriodsOfSubscription},
            load_list,
        },
        scalars::{Time, int},
    },
    services::{
        lists::{self, invoice_lines::invoice_lines_of_subscription, orders::OrderFilter},
        page::Direction::Descending,
    },
};

/// What a customer holds after buying.
// Clients take a type `Subscription` for the root of live feeds, whatever the schema says.
#[derive(Clone, Debug)]
pub struct CustomerSubscription(pub Arc<subscription::Model>);

/// What a customer holds after buying.
#[Object]
impl CustomerSubscription {
    /// The id of the subscription.
    pub(crate) async fn id(&self) -> Id<SubscriptionId> {
        Id(self.0.id)
    }

    /// What people call the subscription; unique in the tenant.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Where it is in its life.
    async fn status(&self) -> SubscriptionStatus {
        self.0.status.into()
    }

    /// The customer that holds it. Null where the caller may not, or no longer, see the customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Customer::visible(ctx, self.0.customer_id).await
    }

    /// The partner through which it was sold. Null where there was none, or where the caller may not see the partner.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner_id).await
    }

    /// The product that was bought.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Product::visible(ctx, self.0.product_id).await
    }

    /// The offer that was bought.
    async fn offer(&self, ctx: &Context<'_>) -> Result<Option<Offer>> {
        Offer::visible(ctx, self.0.offer_id).await
    }

    /// The agreement under which it was bought. Never changes.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<Agreement>> {
        Agreement::visible_if_some(ctx, self.0.agreement_id).await
    }

    /// The order that bought it.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Order::visible(ctx, self.0.order_id).await
    }

    /// How many units the customer holds.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// The net price of one unit and period.
    async fn unit_price(&self) -> Money {
        Money::new(self.0.unit_amount, &self.0.currency)
    }

    /// The tax rate in hundredths of a percent: 2500 is 25 %.
    async fn tax_basis_points(&self) -> i32 {
        self.0.tax_basis_points
    }

    /// The purchase order number for its invoices.
    async fn po_number(&self) -> Option<&str> {
        self.0.po_number.as_deref()
    }

    /// The reference that the approver of its order gave.
    async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// Why it is suspended or ended.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The license that was issued for it. Null where there is none yet, or none at all.
    async fn license(&self, ctx: &Context<'_>) -> Result<Option<License>> {
        let licenses = load_list(ctx, LicensesOfSubscription(self.0.id)).await?;
        Ok(licenses.first().cloned().map(License::from))
    }

    /// Its periods, oldest first: stretches of time with one quantity and one price.
    async fn periods(&self, ctx: &Context<'_>) -> Result<Vec<SubscriptionPeriod>> {
        let periods = load_list(ctx, PeriodsOfSubscription(self.0.id)).await?;
        let view = |period| SubscriptionPeriod::new(period, self.clone());
        Ok(periods.iter().cloned().map(view).collect())
    }

    /// When it was first active.
    async fn activated_at(&self) -> Option<Time> {
        self.0.activated_at.map(Time)
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<Time> {
        self.0.ended_at.map(Time)
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
    async fn lists(&self) -> SubscriptionLists {
        SubscriptionLists(self.0.id)
    }
}

connections! { SubscriptionLists(SubscriptionId) {
    /// The orders that act on it, newest first.
    orders: Order = |viewer, parent| lists::orders::orders(viewer, &OrderFilter { subscription: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending);
    /// What was charged for it, newest first.
    invoice_lines: InvoiceLine = |viewer, parent| invoice_lines_of_subscription(viewer, parent);
} }
