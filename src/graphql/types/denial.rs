//! What a customer may not order.

use entity::denial;

use super::{Customer, Money, Offer, Product, made_of};
use crate::{
    access,
    graphql::read::{
        cells::Given,
        shape::Shown,
        table::{cell, object, one},
    },
};

object! {
    /// Something that a customer may not order. The seller's people see it, and nobody else.
    Denial of denial(DenialId), seen as access::visible::<denial::Entity>;

    /// The id of the denial.
    id;
    /// The customer.
    customer = one!(Customer, denial.customer_id);
    /// What is denied.
    kind;
    /// The product that is denied. Null where it is something else.
    product = one!(Product, denial.product_id);
    /// The offer that is denied. Null where it is something else.
    offer = one!(Offer, denial.offer_id);
    /// How much the customer may owe and still order, in this currency: what is open of its invoices, and what its drafts come
    /// to. Null where something is denied whatever it owes.
    balance_limit = made_of::<Option<Money>, Money>(
        vec![cell!(denial.balance_limit).into(), cell!(denial.currency).into()],
        |given: &Given<'_, '_>| {
            let Some(amount) = given.some_long(0)? else { return Ok(Shown::Null) };
            Ok(Shown::object(Money::new(amount, &given.some_text(1)?)))
        },
    );
    /// Why, as whoever denied it wrote it down. The customer is not told.
    reason;
    /// Who denied it: `user:` and the subject of a JWT, or `key:` and the prefix of an API key.
    created_by;
    /// When it was denied.
    created_at;
}
