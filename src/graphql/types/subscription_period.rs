//! A stretch of time in which a subscription has one quantity and one price.

use entity::subscription_period;

use super::{CustomerSubscription, OrderLine, money::money};
use crate::{
    access::within_tenant,
    graphql::read::table::{cell, object, one},
};

object! {
    /// A stretch of time in which a subscription has one quantity and one price.
    SubscriptionPeriod of subscription_period(SubscriptionPeriodId), seen as within_tenant::<subscription_period::Entity>;

    /// The id of the period.
    id;
    /// The subscription.
    subscription = one!(CustomerSubscription, subscription_period.subscription_id).always();
    /// Counts from 1 within the subscription.
    period_number;
    /// The first moment of the period.
    starts_at;
    /// The first moment that no longer belongs to the period. Null: open, as of a one-time offer.
    ends_at;
    /// How many units the customer has in the period.
    quantity;
    /// The net price of one unit in the period.
    unit_price = money(cell!(subscription_period.unit_amount), cell!(subscription.currency by subscription_id));
    /// The order line that opened the period. Null: time passed.
    order_line = one!(OrderLine, subscription_period.order_line_id);
}
