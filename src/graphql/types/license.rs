//! The right to use a product.

use entity::license;

use super::{Customer, CustomerSubscription, Edition, Order, Partner, Product, activation_item};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// The right to use a product.
    License of license(LicenseId), seen as access::visible::<license::Entity>;

    /// The id of the license.
    id;
    /// The key of the license; unique in the tenant.
    license_key;
    /// A key from an earlier system; unique in the product.
    legacy_license_key;
    /// Whether it can be used.
    status;
    /// The customer that may use it. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, license.customer_id);
    /// The partner through which it was sold. Null where there was none, or where the caller may not see the partner.
    partner = one!(Partner, license.partner_id);
    /// The product that may be used.
    product = one!(Product, license.product_id);
    /// The edition that says what it includes.
    edition = one!(Edition, license.edition_id);
    /// The subscription that it was issued for. Null: it was imported.
    subscription = one!(CustomerSubscription, license.subscription_id);
    /// The order that caused it. Null: it was imported.
    order = one!(Order, license.order_id);
    /// What the vendor returned last of its subscription, for whoever bought it.
    activation = activation_item::items(cell!(subscription.activation by subscription_id));
    /// How many users it covers.
    user_limit;
    /// The reference that the approver of its order gave.
    external_reference;
    /// From when it is valid.
    starts_at;
    /// Until when it is valid. Null: without end.
    expires_at;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}
