//! The tax of a document.

use entity::invoice_tax;

use super::money::money;
use crate::{
    access,
    graphql::read::table::{cell, object},
};

object! {
    /// The tax of a document for one category and rate.
    InvoiceTax of invoice_tax(InvoiceId), seen as access::within_tenant::<invoice_tax::Entity>;

    /// Why it is taxed as it is.
    category;
    /// The rate in hundredths of a percent: 2500 is 25 %.
    basis_points;
    /// What is taxed.
    net = money(cell!(invoice_tax.net_amount), cell!(invoice.currency by invoice_id));
    /// The tax. Rounded once for the category and rate, as the document says.
    tax = money(cell!(invoice_tax.tax_amount), cell!(invoice.currency by invoice_id));
    /// Why no tax is asked for, as it is printed. Null where tax is, or where nobody has said why.
    exemption_reason;
}
