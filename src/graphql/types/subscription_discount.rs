//! A discount that was given to a subscription.

use anyhow::Context;
use entity::subscription_discount;

use super::{CustomerSubscription, Discount, DiscountTerms, OrderLine, made_of, told_to_seller};
use crate::{
    access,
    graphql::read::{
        shape::Shown,
        table::{cell, object, one},
    },
};

object! {
    /// A discount that was given to a subscription. Its periods are counted as those of the subscription, whatever that is
    /// changed to meanwhile.
    SubscriptionDiscount of subscription_discount(SubscriptionDiscountId), seen as access::visible::<subscription_discount::Entity>;

    /// The id of what was given.
    id;
    /// The subscription that it was given to.
    subscription = one!(CustomerSubscription, subscription_discount.subscription_id);
    /// What was given, as it was then.
    terms = made_of::<DiscountTerms, DiscountTerms>(
        vec![
            cell!(subscription_discount.terms).into(),
            cell!(subscription.currency by subscription_id).into(),
        ],
        |given| {
            let terms = given.json(0)?.context("a discount without terms")?;
            let currency = given.some_text(1)?.into_owned();
            Ok(Shown::object(DiscountTerms { terms, currency }))
        },
    );
    /// The discount, as it is now. Null for all but the seller's people.
    discount = one!(Discount, subscription_discount.discount_id);
    /// The purchase that gave its code. Null: the seller has applied it.
    order_line = one!(OrderLine, subscription_discount.order_line_id);
    /// The number of the subscription's billing period with which it begins; the first has the number 1.
    first_period;
    /// The number of the first billing period in which it holds no longer, where it was removed. Null: it was not.
    end_period;
    /// Who gave the code or applied it: `user:` and the subject of a JWT, or `key:` and the prefix of an API key. Null for all
    /// but the seller's people.
    applied_by = told_to_seller(cell!(subscription_discount.applied_by));
    /// When it was removed. Null: it was not.
    removed_at;
    /// When it was given.
    created_at;
}
