//! What can be bought: one tier of a product.

use entity::offer;

use super::{
    CustomerSubscription, Edition, Order, Plan, Price, Product, ProrationPolicy, commitment,
    made_of,
};
use crate::{
    access,
    graphql::read::{
        shape::Shown,
        table::{cell, many, object, one, page},
    },
    services::{
        below,
        lists::{self, orders::OrderFilter, plans::PlanFilter, subscriptions::SubscriptionFilter},
        page::Direction::Descending,
    },
};

object! {
    /// What can be bought: one tier of a product.
    Offer of offer(OfferId), seen as access::visible::<offer::Entity>, remembered;

    /// The id of the offer.
    id;
    /// What the seller calls the offer; unique in the tenant.
    code;
    /// The name of the offer.
    name;
    /// What the offer includes.
    description;
    /// The product that the offer is a tier of.
    product = one!(Product, offer.product_id);
    /// How it is charged.
    billing;
    /// How long one period is. Null where it is charged once.
    billing_period;
    /// When a period of a recurring offer is charged.
    billing_timing;
    /// Where the periods of a recurring offer begin.
    billing_alignment;
    /// What is charged where a period is not used as it was billed. Null: what the seller has set for all.
    proration_policy = made_of::<Option<ProrationPolicy>, ProrationPolicy>(vec![cell!(offer.proration_policy).into()], |given| {
        Ok(given.json(0)?.map_or(Shown::Null, |policy| Shown::object(ProrationPolicy(policy))))
    });
    /// For how many hours after a period has begun its cancellation is credited. Null: always.
    refund_window_hours;
    /// The least that can be bought.
    min_quantity;
    /// The most that can be bought. Null: no limit.
    max_quantity;
    /// Whether each customer may buy it in one line of one order, and never again.
    once_per_customer;
    /// To what it binds whoever buys it. Null: to nothing.
    commitment = commitment::of_offer(cell!(offer.commitment));
    /// The offer to whose subscriptions it is sold, as an add-on. Null: it is sold by itself.
    parent_offer = one!(Offer, offer.parent_offer_id);
    /// Of an add-on: the fewest units of it that a subscription to the parent offer has, if it has any. Null: one.
    add_on_minimum;
    /// Of an add-on: the most units of it that a subscription to the parent offer has. Null: any number.
    add_on_maximum;
    /// The add-ons that are sold to its subscriptions, newest first.
    add_ons = page!(Offer, |viewer, parent| lists::offers::offers(viewer, &lists::offers::OfferFilter { parent: Some(parent), ..lists::offers::OfferFilter::default() }, lists::ByTimeOrName::Created, Descending));
    /// The edition in which a license is issued. Null: none is.
    edition = one!(Edition, offer.edition_id);
    /// Whether it can still be bought.
    status;
    /// What it costs whoever asks, now, by currency: for the seller's people the list prices, for a partner its own in the place
    /// of those, and for a customer those that it would get, with one for each of its agreements that has a price.
    prices = many!(Price, below::prices_of_offer, offer_id);
    /// All its prices that the caller may see, newest first: those that are over, and for the seller's people those to come.
    all_prices = page!(Price, lists::prices::prices_of_offer);
    /// The plans as which it is sold, newest first.
    plans = page!(Plan, |viewer, parent| lists::plans::plans(viewer, &PlanFilter { offer: Some(parent), ..PlanFilter::default() }, lists::ByTimeOrName::Created, Descending));
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The orders with a line for the offer, newest first.
    orders = page!(Order, |viewer, parent| lists::orders::orders(viewer, &OrderFilter { offer: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending));
    /// The subscriptions to the offer, newest first.
    subscriptions = page!(CustomerSubscription, |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { offer: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending));
}
