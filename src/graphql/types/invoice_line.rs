//! A charge, or what takes one back.

use super::{CustomerSubscription, Invoice, LineCorrection, OrderLine, made_of, money::money};
use crate::{
    access,
    graphql::read::{
        shape::{Shown, shape},
        table::{cell, many, object, one},
    },
    services::below,
};

object! {
    /// One charge for one subscription, what takes one back, or what somebody has written by hand.
    InvoiceLine of invoice_line(InvoiceLineId), seen as access::visible_charges;

    /// The id of the line.
    id;
    /// The invoice that the line is part of. Null where the caller may not see the invoice.
    invoice = one!(Invoice, invoice_line.invoice_id);
    /// Counts from 1 within the invoice.
    line_number;
    /// The subscription that is charged for. Null where it is about none, or where the caller may not see it.
    subscription = one!(CustomerSubscription, invoice_line.subscription_id);
    /// The order line that caused the charge. Null: time passed.
    order_line = one!(OrderLine, invoice_line.order_line_id);
    /// What is charged for.
    charge_type;
    /// What is charged for, in words.
    description;
    /// Whether it charges or takes back.
    direction;
    /// How many units are charged, as it is printed: 1 where a share is charged, or a difference.
    quantity;
    /// How many units it is about; of a correction, how many more than before. Null where nobody has counted.
    billed_quantity;
    /// The net price of one unit.
    unit_price = money(cell!(invoice_line.unit_amount), cell!(invoice.currency by invoice_id));
    /// The tax rate in hundredths of a percent: 2500 is 25 %.
    tax_basis_points;
    /// Why it is taxed as it is.
    tax_category;
    /// How much less it is than without discounts. 0 for what is taken back.
    discount = money(cell!(invoice_line.discount_amount), cell!(invoice.currency by invoice_id));
    /// What the line comes to, without tax; with it where the invoice is `taxInclusive`.
    net = money(cell!(invoice_line.net_amount), cell!(invoice.currency by invoice_id));
    /// The purchase order number. Found and fixed when the invoice is issued.
    po_number;
    /// The reference that the approver of the order gave.
    external_reference;
    /// What was taken back of it, with its sign, drafts of credit notes among it.
    credited_amount = money(cell!(invoice_line.credited_amount), cell!(invoice.currency by invoice_id));
    /// The lines of which it takes something back.
    corrects = many!(LineCorrection, below::corrections_of_line);
    /// The first day that it is about, in the time zone of the invoice.
    starts_on;
    /// The first day that it is no longer about.
    ends_on;
    /// Which share of the period these days are. Null where there are no days, or where nobody has counted.
    share = made_of::<Option<PeriodShare>, PeriodShare>(
        vec![cell!(invoice_line.share_days).into(), cell!(invoice_line.share_of_days).into()],
        |given| {
            let (Some(days), Some(of_days)) = (given.some_int(0)?, given.some_int(1)?) else {
                return Ok(Shown::Null);
            };
            Ok(Shown::object(PeriodShare { days, of_days }))
        },
    );
    /// The first moment of the period that is charged for.
    period_starts_at;
    /// The first moment that no longer belongs to the period.
    period_ends_at;
    /// When the line was added.
    created_at;
}

/// A share of a period: so many days of so many.
#[derive(Clone, Copy, Debug)]
pub struct PeriodShare {
    days: i32,
    of_days: i32,
}

shape! {
    /// A share of a period: so many days of so many.
    PeriodShare;

    /// How many days it is.
    days: i32 = |it| it.days.into();
    /// Of how many. All of a period may be 1 of 1.
    of_days: i32 = |it| it.of_days.into();
}
