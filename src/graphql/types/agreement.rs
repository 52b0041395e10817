//! The commercial relation under which a customer buys.

use entity::agreement;

use super::{Customer, CustomerSubscription, Invoice, Order};
use crate::{
    access,
    graphql::read::table::{object, one, page},
    services::{
        lists::{
            self, invoices::InvoiceFilter, orders::OrderFilter, subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

object! {
    /// The commercial relation under which a customer buys.
    Agreement of agreement(AgreementId), seen as access::visible::<agreement::Entity>;

    /// The id of the agreement.
    id;
    /// What the seller calls the agreement; unique in the tenant.
    number;
    /// The customer that buys under it. Null where the caller may not see the customer.
    customer = one!(Customer, agreement.customer_id);
    /// The currency of its orders, as ISO 4217 spells it. Never changes.
    currency;
    /// The purchase order number of orders that have none of their own.
    default_po_number;
    /// Whether orders may be placed under it.
    status;
    /// The first day on which orders may be placed under it. Null: any day.
    starts_on;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The orders placed under the agreement, newest first.
    orders = page!(Order, |viewer, parent| lists::orders::orders(viewer, &OrderFilter { agreement: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending));
    /// The subscriptions bought under the agreement, newest first.
    subscriptions = page!(CustomerSubscription, |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { agreement: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending));
    /// The invoices under the agreement, newest first.
    invoices = page!(Invoice, |viewer, parent| lists::invoices::invoices(viewer, &InvoiceFilter { agreement: Some(parent), ..InvoiceFilter::default() }, lists::ByTime::Created, Descending));
}
