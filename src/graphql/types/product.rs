//! A group of similar offers from one vendor.

use entity::product;

use super::{CustomerSubscription, Edition, License, Offer, Order, endpoint};
use crate::{
    access,
    graphql::read::table::{cell, object, page},
    services::{
        lists::{
            self, editions::EditionFilter, licenses::LicenseFilter, offers::OfferFilter,
            orders::OrderFilter, subscriptions::SubscriptionFilter,
        },
        page::Direction::Descending,
    },
};

object! {
    /// A group of similar offers from one vendor.
    Product of product(ProductId), seen as access::visible::<product::Entity>, remembered;

    /// The id of the product.
    id;
    /// What the seller calls the product; unique in the tenant.
    code;
    /// The name of the product.
    name;
    /// Who makes the product.
    vendor;
    /// What the product is.
    description;
    /// How its order lines are carried out.
    provisioning;
    /// The id of the webhook endpoint that carries its order lines out. Null where they are not carried out by a webhook, and
    /// for callers who are not the seller.
    provisioning_endpoint_id = endpoint(cell!(product.provisioning_endpoint_id));
    /// How many minutes the webhook endpoint has to say what became of a line, before the line fails. Null where they are not
    /// carried out by a webhook.
    answer_within_minutes;
    /// Whether it can still be bought.
    status;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The offers of the product, newest first.
    offers = page!(Offer, |viewer, parent| lists::offers::offers(viewer, &OfferFilter { product: Some(parent), ..OfferFilter::default() }, lists::ByTimeOrName::Created, Descending));
    /// The editions in which the product is licensed, newest first.
    editions = page!(Edition, |viewer, parent| lists::editions::editions(viewer, &EditionFilter { product: Some(parent) }, Descending));
    /// The orders with a line for the product, newest first.
    orders = page!(Order, |viewer, parent| lists::orders::orders(viewer, &OrderFilter { product: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending));
    /// The subscriptions to the product, newest first.
    subscriptions = page!(CustomerSubscription, |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { product: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending));
    /// The licenses for the product, newest first.
    licenses = page!(License, |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { product: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending));
}
