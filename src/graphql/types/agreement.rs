//! The commercial relation under which a customer buys.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{AgreementId, agreement};

use super::{Customer, CustomerSubscription, Invoice, Order, enums::AgreementStatus};
use crate::{
    graphql::{
        connection::connections,
        error::Result,
        id::Id,
        scalars::{Day, Time, int},
    },
    services::{
        lists::{
            self, invoices::InvoiceFilter, orders::OrderFilter, subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

/// The commercial relation under which a customer buys.
#[derive(Clone, Debug)]
pub struct Agreement(pub Arc<agreement::Model>);

/// The commercial relation under which a customer buys.
#[Object]
impl Agreement {
    /// The id of the agreement.
    pub(crate) async fn id(&self) -> Id<AgreementId> {
        Id(self.0.id)
    }

    /// What the seller calls the agreement; unique in the tenant.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The customer that buys under it. Null where the caller may not see the customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Customer::visible(ctx, self.0.customer_id).await
    }

    /// The currency of its orders, as ISO 4217 spells it. Never changes.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// The purchase order number of orders that have none of their own.
    async fn default_po_number(&self) -> Option<&str> {
        self.0.default_po_number.as_deref()
    }

    /// Whether orders may be placed under it.
    async fn status(&self) -> AgreementStatus {
        self.0.status.into()
    }

    /// The first day on which orders may be placed under it. Null: any day.
    async fn starts_on(&self) -> Option<Day> {
        self.0.starts_on.map(Day)
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
    async fn lists(&self) -> AgreementLists {
        AgreementLists(self.0.id)
    }
}

connections! { AgreementLists(AgreementId) {
    /// The orders placed under the agreement, newest first.
    orders: Order = |viewer, parent| lists::orders::orders(viewer, &OrderFilter { agreement: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending);
    /// The subscriptions bought under the agreement, newest first.
    subscriptions: CustomerSubscription = |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { agreement: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending);
    /// The invoices under the agreement, newest first.
    invoices: Invoice = |viewer, parent| lists::invoices::invoices(viewer, &InvoiceFilter { agreement: Some(parent), ..InvoiceFilter::default() }, lists::ByTime::Created, Descending);
} }
