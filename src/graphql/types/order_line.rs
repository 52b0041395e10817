//! One action on one subscription.

use async_graphql::Enum;
use domain::{
    line_actions::{self, available},
    order_life::movers,
};
use entity::{
    order_line,
    plan_instance::{Charges, LineComponents},
};

use super::{
    ChargeLine, CustomerSubscription, Offer, Order, OrderLineAttempt, OrderLineHold, Plan, Price,
    Product, activation_item, discount_terms,
    enums::TaxCategory,
    made, made_of,
    money::money,
    plan_instance::{components, plan_instance},
    words,
};
use crate::{
    access,
    graphql::read::{
        cells::Given,
        output::FoundAll,
        shape::Shown,
        table::{Shows, cell, first, many, object, one, rows},
    },
    services::below,
};

object! {
    /// One action on one subscription.
    OrderLine of order_line(OrderLineId), seen as access::visible_lines;

    /// The id of the line.
    id;
    /// The order that the line is part of.
    order = one!(Order, order_line.order_id);
    /// Counts from 1 within the order.
    line_number;
    /// The orderer's own id of the line; unique in the order.
    client_line_id;
    /// What the line does to the subscription.
    action;
    /// Where the line is in its life.
    status;
    /// The product of the offer.
    product = one!(Product, order_line.product_id);
    /// The offer that is bought, or that the subscription is to.
    offer = one!(Offer, order_line.offer_id);
    /// The plan of the offer that is bought, or that the subscription has. Null: the offer is bought by itself, or the caller may
    /// not see the plan.
    plan = one!(Plan, order_line.plan_id);
    /// The subscription acted on. A purchase gets its own at submission.
    subscription = one!(CustomerSubscription, order_line.subscription_id);
    /// Of an add-on: the subscription that it belongs to. Null before submission where another line buys that.
    parent_subscription = one!(CustomerSubscription, order_line.parent_subscription_id);
    /// Of an add-on: the number of the line of the order that buys what it belongs to. Null where that is there already.
    parent_line;
    /// How many units the subscription is to have.
    quantity;
    /// The offer that the subscription had before. Null where that stays.
    previous_offer = one!(Offer, order_line.previous_offer_id);
    /// How many units the subscription had before. Null for a purchase.
    previous_quantity;
    /// When the change takes effect, counted from when the order is carried out.
    when = Shows::column("change_time", |row: &order_line::Model| &row.change_time);
    /// The day on which the change takes effect, in the seller's time zone; for `ON_RENEWAL`, as it looked when it was
    /// ordered. Null for what takes effect when it is carried out.
    takes_effect_on = Shows::column("change_on", |row: &order_line::Model| &row.change_on);
    /// Whether billing periods go on to begin on the same day, where the offer changes.
    keep_anchor;
    /// Whether the subscription is to renew. Null where that does not change.
    auto_renew;
    /// The day in the past on which what is bought begins. Null: when it is carried out.
    starts_on;
    /// The purchase order number of the line, where it differs from the order's.
    po_number;
    /// What one unit alone costs for a period. Fixed when the order is submitted.
    unit_price = money(cell!(order_line.unit_amount), cell!(order.currency by order_id));
    /// How its units are priced: only with `PER_UNIT` do more of them cost `unitPrice` times their number. Fixed when the order
    /// is submitted.
    price_model;
    /// The price that was asked. Null where what was sold before goes on at its price, for a plan, and where the
    /// caller may not see it.
    price = one!(Price, order_line.price_id);
    /// For whom that price was: the most particular one there was. Null where there is none.
    price_scope;
    /// Why the line is taxed as it is. Fixed when the order is submitted. Null where its components are not taxed alike.
    tax_category = made::<Option<TaxCategory>>(
        vec![cell!(order_line.tax_category).into(), cell!(order_line.components).into()],
        |given| {
            let category: entity::TaxCategory = given.word(0)?;
            let is_one = alike(given.json(1)?.as_ref());
            Ok(if is_one { Shown::Word(category.as_str()) } else { Shown::Null })
        },
    );
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Fixed when the order is submitted; what is charged later has the
    /// rate of its day. Null where its components are not taxed alike.
    tax_basis_points = made::<Option<i32>>(
        vec![cell!(order_line.tax_basis_points).into(), cell!(order_line.components).into()],
        |given| {
            let is_one = alike(given.json(1)?.as_ref());
            Ok(if is_one { given.int(0)?.into() } else { Shown::Null })
        },
    );
    /// What each component of the plan comes to, in the plan's order. Empty where the offer is bought by itself.
    components = components(cell!(order_line.components), cell!(order.currency by order_id));
    /// What is sold by it, as it was when the order was submitted. Null where nothing is.
    plan_instance = plan_instance(cell!(order_line.plan_instance), cell!(order.currency by order_id));
    /// The line that it cancels, with all that was charged for what that bought. Null where it cancels none.
    cancels_line = one!(OrderLine, order_line.cancels_line_id);
    /// Until when `cancelOrderLine` may be asked to take back what it bought, once its order has ended. Null before it is carried out,
    /// and where it cannot be taken back, or is cancelled.
    cancellable_until;
    /// The line by which it was to be cancelled, the newest of several: the vendor may refuse, and says why as its `failureReason`. Null
    /// where nobody has asked for that.
    cancellation = first!(OrderLine, below::cancellation_of_line);
    /// The codes that the buyer has given, in their order.
    discount_codes = discount_terms::codes_of_line(cell!(order_line.discounts));
    /// What is taken off what it buys, in the order of its codes. Fixed when the order is submitted.
    discounts = discount_terms::of_line(cell!(order_line.discounts), cell!(order.currency by order_id));
    /// How much less `net` is than without discounts.
    discount = money(cell!(order_line.discount_amount), cell!(order.currency by order_id));
    /// What the line comes to, less the discounts of its first billing period: for what is bought, the whole first period; for a
    /// change,
    /// what it charges. Without tax, but where the order's `taxInclusive` says that it is in. What is charged by use is not in
    /// it.
    net = money(cell!(order_line.net_amount), cell!(order.currency by order_id));
    /// What it would have charged if it had been carried out when it was ordered, or on the day that it waits for. Null where
    /// that was not worked out.
    charges = made_of::<Option<Vec<ChargeLine>>, ChargeLine>(
        vec![cell!(order_line.charges).into(), cell!(order.currency by order_id).into()],
        |given| {
            let Some(Charges(charges)) = given.json(0)? else { return Ok(Shown::Null) };
            let currency = given.some_text(1)?;
            let line = |charge| ChargeLine { charge, currency: currency.to_string() };
            Ok(Shown::objects(charges.into_iter().map(line)))
        },
    );
    /// How the line is carried out. Fixed when the order is submitted.
    provisioning;
    /// The provisioner's own reference.
    provisioning_reference;
    /// What the vendor returned when it was carried out, for whoever bought it. Empty where it returned nothing.
    activation = activation_item::items(cell!(order_line.activation));
    /// What must be answered before the line can go on.
    hold_reason;
    /// Since when the line is on hold. Null where it is not.
    held_since;
    /// Why the last attempt failed.
    failure_reason;
    /// How often carrying it out was begun.
    attempt_count = Shows::column("attempts", |row: &order_line::Model| &row.attempts);
    /// Each attempt at carrying it out, the first one first.
    attempts = many!(OrderLineAttempt, below::attempts_of_line, order_line_id);
    /// What was asked about it, the first question first: the last one waits for its answer where the line is on hold.
    holds = many!(OrderLineHold, below::holds_of_line, order_line_id);
    /// What the caller may do to the line now.
    available_actions = made::<Vec<AvailableLineAction>>(
        vec![
            cell!(order_line.status).into(),
            cell!(order.status by order_id).into(),
            rows!(OrderLine, below::parent_of_line, order_line.status),
        ],
        available_actions,
    );
    /// When carrying it out was last begun.
    started_at;
    /// When it came to an end, whatever the end.
    ended_at;
}

/// Whether all components are taxed alike.
pub(in crate::graphql) fn alike(components: Option<&LineComponents>) -> bool {
    let taxes = components.into_iter().flat_map(|it| &it.0);
    let mut taxes = taxes.map(|it| (it.tax_category, it.tax_basis_points));
    taxes.next().is_none_or(|first| taxes.all(|tax| tax == first))
}

/// What the caller may do, by the status of the line, of its order, and of the line that buys what its add-on belongs to.
fn available_actions(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    let parent = given.rows(2)?.first().map(|parent| parent.word(0)).transpose()?;
    let actions = available(given.word(0)?, given.word(1)?, parent, movers(given.role()));
    Ok(words(actions.into_iter().map(AvailableLineAction::from)))
}

/// Something that the caller may do to an order line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "line_actions::AvailableLineAction")]
pub enum AvailableLineAction {
    /// Take it up.
    Start,
    /// Report that it has been carried out.
    Complete,
    /// Report that it cannot be carried out.
    Fail,
    /// Ask the buyer something.
    Hold,
    /// Answer what was asked.
    Resume,
    /// Have it tried again.
    Retry,
}

/// Several order lines.
pub type OrderLines = FoundAll<Table>;
