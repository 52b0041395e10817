//! What a customer is asked to pay.

use entity::invoice;

use super::{Agreement, Customer, InvoiceLine, Partner, money::totals};
use crate::{
    access,
    graphql::read::table::{cell, many, object, one, rows},
    services::below,
};

object! {
    /// What a customer is asked to pay.
    Invoice of invoice(InvoiceId), seen as access::visible::<invoice::Entity>;

    /// The id of the invoice.
    id;
    /// Given at issue, without gaps. Null for a draft.
    number;
    /// Whether it is final.
    status;
    /// The customer that pays. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, invoice.customer_id);
    /// The partner that sold what is charged for. Null where the seller itself did, or where the caller may not see the
    /// partner.
    partner = one!(Partner, invoice.partner_id);
    /// The agreement that it is under. Null where there is none, or where the caller may not see it.
    agreement = one!(Agreement, invoice.agreement_id);
    /// The currency of its amounts, as ISO 4217 spells it.
    currency;
    /// The charges, in their order; to a partner, those for what it sold.
    lines = many!(InvoiceLine, below::lines_of_invoice, invoice_id);
    /// What these lines come to.
    totals = totals(
        cell!(invoice.currency),
        cell!(invoice.rounding_mode),
        cell!(invoice.tax_inclusive),
        rows!(InvoiceLine, below::lines_of_invoice, invoice_line.net_amount, invoice_line.tax_category, invoice_line.tax_basis_points),
    );
    /// When it became final.
    issued_at;
    /// The day by which it is to be paid. Null for a draft.
    due_on;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}
