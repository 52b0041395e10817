//! A reseller or solution provider, through whom customers buy.

use entity::partner;

use super::{Customer, CustomerSubscription, Invoice, License, Order};
use crate::{
    access,
    graphql::read::table::{object, one, page},
    services::{
        lists::{
            self, customers::CustomerFilter, invoices::InvoiceFilter, licenses::LicenseFilter,
            orders::OrderFilter, partners::PartnerFilter, subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

object! {
    /// A reseller or solution provider, through whom customers buy.
    Partner of partner(PartnerId), seen as access::visible::<partner::Entity>;

    /// The id of the partner.
    id;
    /// What the seller calls the partner; unique in the tenant.
    partner_number;
    /// The name of the partner.
    name;
    /// Whether the partner must approve the orders of its customers and of the partners below it.
    approval_required;
    /// Where mail to the partner goes.
    email;
    /// Street and house number.
    street;
    /// The postal code.
    postal_code;
    /// The city.
    city;
    /// The country, as ISO 3166-1 alpha-2 spells it, such as `DK`.
    country;
    /// The number by which the tax authority knows the partner.
    tax_number;
    /// The partner above this one. Null at the top, or where the caller may not see it.
    parent = one!(Partner, partner.parent_id);
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The partners directly below this one, newest first.
    children = page!(Partner, |viewer, parent| lists::partners::partners(viewer, &PartnerFilter { parent: Some(parent), ..PartnerFilter::default() }, lists::ByTimeOrName::Created, Descending));
    /// The customers that buy from the partner, newest first.
    customers = page!(Customer, |viewer, parent| lists::customers::customers(viewer, &CustomerFilter { partner: Some(parent), ..CustomerFilter::default() }, lists::ByTimeOrName::Created, Descending));
    /// The orders placed through the partner, newest first.
    orders = page!(Order, |viewer, parent| lists::orders::orders(viewer, &OrderFilter { partner: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending));
    /// The subscriptions sold through the partner, newest first.
    subscriptions = page!(CustomerSubscription, |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { partner: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending));
    /// The licenses sold through the partner, newest first.
    licenses = page!(License, |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { partner: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending));
    /// The invoices to customers of the partner, newest first.
    invoices = page!(Invoice, |viewer, parent| lists::invoices::invoices(viewer, &InvoiceFilter { partner: Some(parent), ..InvoiceFilter::default() }, lists::ByTime::Created, Descending));
}
