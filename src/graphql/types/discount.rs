//! What a seller offers to take off.

use entity::discount;

use super::{Customer, Money, Offer, Partner, made_of};
use crate::{
    access,
    graphql::read::{
        shape::Shown,
        table::{cell, many, object, one},
    },
    services::below,
};

object! {
    /// What a seller offers to take off prices, before tax: by a code that buyers give, or by applying it to what they have. The
    /// seller's people see it, and nobody else. What was given is a copy, which no change reaches.
    Discount of discount(DiscountId), seen as access::visible::<discount::Entity>;

    /// The id of the discount.
    id;
    /// What buyers give to have it; unique in the tenant.
    code;
    /// What it is called, for those who get it as well.
    name;
    /// What it takes off.
    kind;
    /// Of a percentage, in hundredths of a percent: 2500 is 25 %. Null where an amount is taken off.
    basis_points;
    /// Of an amount: what is taken off a whole period, of all that is charged for it together. Null where a percentage is taken
    /// off. What is more than the price is lost.
    amount = made_of::<Option<Money>, Money>(
        vec![cell!(discount.amount).into(), cell!(discount.currency).into()],
        |given| {
            let Some(amount) = given.some_long(0)? else { return Ok(Shown::Null) };
            Ok(Shown::object(Money::new(amount, &given.some_text(1)?)))
        },
    );
    /// For how long it holds once it is given.
    duration;
    /// For how many periods it holds. Null where it holds for one, or for ever.
    periods;
    /// The first day on which it can be given, in the seller's time zone. Null: any.
    valid_from;
    /// The first day on which it can be given no longer. Null: none.
    valid_until;
    /// The offers off which it takes something, by their codes. Empty: all.
    offers = many!(Offer, below::offers_of_discount);
    /// The customers who may have it, by their numbers. Empty: all.
    customers = many!(Customer, below::customers_of_discount);
    /// It is for what is sold through this partner. Null: for all.
    partner = one!(Partner, discount.partner_id);
    /// How often it can be given in all. Null: as often as anybody wants.
    max_redemptions;
    /// How often it can be given to one customer. Null: as often as it wants.
    max_redemptions_per_customer;
    /// How often it was given: counted when an order is submitted or when it is applied, and no longer when nothing comes of
    /// the order.
    redemptions;
    /// Of several, percentages are taken off in this order, and then amounts.
    precedence;
    /// Whether it can still be given.
    status;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}
