//! What a customer has paid.

use entity::payment;

use super::{Customer, Invoice, made, money::money};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// What a customer has paid.
    Payment of payment(PaymentId), seen as access::visible::<payment::Entity>;

    /// The id of the payment.
    id;
    /// The invoice that it is for.
    invoice = one!(Invoice, payment.invoice_id);
    /// The customer that has paid. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, payment.customer_id);
    /// How much was paid. What is beyond the invoice is on the customer's account.
    amount = money(cell!(payment.amount), cell!(payment.currency));
    /// The payer's or the bank's reference; unique among the tenant's payments that were not reversed.
    reference = made::<String>(
        vec![cell!(payment.reversed_reference).into(), cell!(payment.reference).into()],
        |given| {
            let kept = given.text(0)?;
            let reference = kept.map_or_else(|| given.some_text(1), Ok)?;
            Ok(reference.into_owned().into())
        },
    );
    /// The day on which it was received, in the seller's time zone.
    received_on;
    /// When it was recorded.
    created_at;
    /// When it was reversed, because it turned out to be none. Null: it counts.
    reversed_at;
    /// Why it was reversed.
    reversal_reason;
}
