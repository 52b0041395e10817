//! Who buys and uses.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{CustomerId, customer};

use super::{Agreement, CustomerSubscription, Invoice, License, Order, Partner};
use crate::{
    graphql::{
        connection::connections,
        error::Result,
        id::Id,
        scalars::{Time, int},
    },
    services::{
        lists::{
            self, agreements::AgreementFilter, invoices::InvoiceFilter, licenses::LicenseFilter,
            orders::OrderFilter, subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

/// Who buys and uses.
#[derive(Clone, Debug)]
pub struct Customer(pub Arc<customer::Model>);

/// Who buys and uses.
#[Object]
impl Customer {
    /// The id of the customer.
    pub(crate) async fn id(&self) -> Id<CustomerId> {
        Id(self.0.id)
    }

    /// What the seller calls the customer; unique in the tenant.
    async fn customer_number(&self) -> &str {
        &self.0.customer_number
    }

    /// The name of the customer.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where mail to the customer goes.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The telephone number of the customer.
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Street and house number.
    async fn street(&self) -> Option<&str> {
        self.0.street.as_deref()
    }

    /// The postal code.
    async fn postal_code(&self) -> Option<&str> {
        self.0.postal_code.as_deref()
    }

    /// The city.
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// The country, as ISO 3166-1 alpha-2 spells it, such as `DK`.
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// The partner that the customer buys from. Null where it buys from the seller directly, or where the caller may not see the partner.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner_id).await
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
    async fn lists(&self) -> CustomerLists {
        CustomerLists(self.0.id)
    }
}

connections! { CustomerLists(CustomerId) {
    /// The agreements under which the customer buys, newest first.
    agreements: Agreement = |viewer, parent| lists::agreements::agreements(viewer, &AgreementFilter { customer: Some(parent), ..AgreementFilter::default() }, lists::ByTime::Created, Descending);
    /// The orders of the customer, newest first.
    orders: Order = |viewer, parent| lists::orders::orders(viewer, &OrderFilter { customer: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending);
    /// What the customer holds, newest first.
    subscriptions: CustomerSubscription = |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { customer: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending);
    /// The licenses of the customer, newest first.
    licenses: License = |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { customer: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending);
    /// The invoices to the customer, newest first.
    invoices: Invoice = |viewer, parent| lists::invoices::invoices(viewer, &InvoiceFilter { customer: Some(parent), ..InvoiceFilter::default() }, lists::ByTime::Created, Descending);
} }
