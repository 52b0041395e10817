//! A reseller or solution provider, through whom customers buy.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{PartnerId, partner};

use super::{Customer, CustomerSubscription, Invoice, License, Order};
use crate::{
    graphql::{
        connection::connections,
        error::Result,
        id::Id,
        scalars::{Time, int},
    },
    services::{
        lists::{
            self, customers::CustomerFilter, invoices::InvoiceFilter, licenses::LicenseFilter,
            orders::OrderFilter, partners::PartnerFilter, subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

/// A reseller or solution provider, through whom customers buy.
#[derive(Clone, Debug)]
pub struct Partner(pub Arc<partner::Model>);

/// A reseller or solution provider, through whom customers buy.
#[Object]
impl Partner {
    /// The id of the partner.
    pub(crate) async fn id(&self) -> Id<PartnerId> {
        Id(self.0.id)
    }

    /// What the seller calls the partner; unique in the tenant.
    async fn partner_number(&self) -> &str {
        &self.0.partner_number
    }

    /// The name of the partner.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the partner must approve the orders of its customers and of the partners below it.
    async fn approval_required(&self) -> bool {
        self.0.approval_required
    }

    /// The partner above this one. Null at the top, or where the caller may not see it.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.parent_id).await
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
    async fn lists(&self) -> PartnerLists {
        PartnerLists(self.0.id)
    }
}

connections! { PartnerLists(PartnerId) {
    /// The partners directly below this one, newest first.
    children: Partner = |viewer, parent| lists::partners::partners(viewer, &PartnerFilter { parent: Some(parent), ..PartnerFilter::default() }, lists::ByTimeOrName::Created, Descending);
    /// The customers that buy from the partner, newest first.
    customers: Customer = |viewer, parent| lists::customers::customers(viewer, &CustomerFilter { partner: Some(parent), ..CustomerFilter::default() }, lists::ByTimeOrName::Created, Descending);
    /// The orders placed through the partner, newest first.
    orders: Order = |viewer, parent| lists::orders::orders(viewer, &OrderFilter { partner: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending);
    /// The subscriptions sold through the partner, newest first.
    subscriptions: CustomerSubscription = |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { partner: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending);
    /// The licenses sold through the partner, newest first.
    licenses: License = |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { partner: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending);
    /// The invoices to customers of the partner, newest first.
    invoices: Invoice = |viewer, parent| lists::invoices::invoices(viewer, &InvoiceFilter { partner: Some(parent), ..InvoiceFilter::default() }, lists::ByTime::Created, Descending);
} }
