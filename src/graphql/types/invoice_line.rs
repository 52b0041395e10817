//! One charge for one subscription.

use super::{CustomerSubscription, Invoice, OrderLine, money::money};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// One charge for one subscription.
    InvoiceLine of invoice_line(InvoiceLineId), seen as access::visible_charges;

    /// The id of the line.
    id;
    /// The invoice that the line is part of. Null where the caller may not see the invoice.
    invoice = one!(Invoice, invoice_line.invoice_id);
    /// Counts from 1 within the invoice.
    line_number;
    /// The subscription that is charged for. Null where the caller may not see the subscription.
    subscription = one!(CustomerSubscription, invoice_line.subscription_id);
    /// The order line that caused the charge. Null: time passed.
    order_line = one!(OrderLine, invoice_line.order_line_id);
    /// What is charged for.
    charge_type;
    /// What is charged for, in words.
    description;
    /// How many units are charged.
    quantity;
    /// The net price of one unit.
    unit_price = money(cell!(invoice_line.unit_amount), cell!(invoice.currency by invoice_id));
    /// The tax rate in hundredths of a percent: 2500 is 25 %.
    tax_basis_points;
    /// What the line comes to, without tax.
    net = money(cell!(invoice_line.net_amount), cell!(invoice.currency by invoice_id));
    /// The purchase order number. Found and fixed when the invoice is issued.
    po_number;
    /// The reference that the approver of the order gave.
    external_reference;
    /// The first moment of the period that is charged for.
    period_starts_at;
    /// The first moment that no longer belongs to the period.
    period_ends_at;
    /// When the line was added.
    created_at;
}
