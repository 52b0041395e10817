//! One action on one subscription.

use super::{CustomerSubscription, Offer, Order, Product, money::money};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// One action on one subscription.
    OrderLine of order_line(OrderLineId), seen as access::visible_lines;

    /// The id of the line.
    id;
    /// The order that the line is part of.
    order = one!(Order, order_line.order_id);
    /// Counts from 1 within the order.
    line_number;
    /// The orderer's own id of the line; unique in the order.
    client_line_id;
    /// What the line does to the subscription.
    action;
    /// Where the line is in its life.
    status;
    /// The product of the offer.
    product = one!(Product, order_line.product_id);
    /// The offer that is bought, or that the subscription is to.
    offer = one!(Offer, order_line.offer_id);
    /// The subscription acted on. A purchase gets its own at submission.
    subscription = one!(CustomerSubscription, order_line.subscription_id);
    /// How many units the subscription is to have.
    quantity;
    /// How many units the subscription had before. Null for a purchase.
    previous_quantity;
    /// The purchase order number of the line, where it differs from the order's.
    po_number;
    /// The price of one unit and period. Fixed when the order is submitted.
    unit_price = money(cell!(order_line.unit_amount), cell!(order.currency by order_id));
    /// Why the line is taxed as it is. Fixed when the order is submitted.
    tax_category;
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Fixed when the order is submitted; what is charged later has the
    /// rate of its day.
    tax_basis_points;
    /// What the line comes to: without tax, but where the order's `taxInclusive` says that it is in.
    net = money(cell!(order_line.net_amount), cell!(order.currency by order_id));
    /// How the line is carried out. Fixed when the order is submitted.
    provisioning;
    /// The provisioner's own reference.
    provisioning_reference;
    /// What must be answered before the line can go on.
    hold_reason;
    /// Why the last attempt failed.
    failure_reason;
    /// How often carrying it out was begun.
    attempts;
    /// When carrying it out was last begun.
    started_at;
    /// When it came to an end, whatever the end.
    ended_at;
}
