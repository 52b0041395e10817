//! How much of an invoice line another one takes back.

use entity::line_correction;

use super::{InvoiceLine, made};
use crate::{
    access,
    graphql::{
        read::{
            shape::Shown,
            table::{cell, object, one},
        },
        scalars::MinorUnits,
    },
};

object! {
    /// How much of an invoice line another one takes back.
    LineCorrection of line_correction(InvoiceLineId), seen as access::within_tenant::<line_correction::Entity>;

    /// The line that was billed.
    line = one!(InvoiceLine, line_correction.corrects_line_id);
    /// How much of it is taken back, in the minor unit of its currency, with the sign of the line.
    amount = made::<MinorUnits>(
        vec![cell!(line_correction.amount).into()],
        |given| Ok(Shown::Digits(given.long(0)?)),
    );
}
