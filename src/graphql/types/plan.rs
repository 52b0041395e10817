//! An offer that is sold as several products, each with its own price and tax.

use entity::plan;

use super::{CustomerSubscription, Money, Offer, Partner, PlanStep, made_of};
use crate::{
    access,
    graphql::read::{
        cells::Given,
        shape::{Shown, shape},
        table::{cell, many, object, one, page},
    },
    services::{
        below,
        lists::{self, subscriptions::SubscriptionFilter},
        page::Direction::Descending,
    },
};

object! {
    /// An offer that is sold as several products, each with its own price and tax.
    Plan of plan(PlanId), seen as access::visible::<plan::Entity>;

    /// The id of the plan.
    id;
    /// What the seller calls the plan; unique in the tenant.
    code;
    /// The name of the plan.
    name;
    /// What the plan is.
    description;
    /// The offer that is sold so.
    offer = one!(Offer, plan.offer_id);
    /// The partner whose customers alone can order it. Null: everybody can.
    partner = one!(Partner, plan.partner_id);
    /// The currency of its prices, as ISO 4217 spells it.
    currency;
    /// Whether its prices have the tax in them.
    tax_inclusive;
    /// Which of its components may be chosen.
    component_choice = crate::graphql::read::table::Shows::column("choice", |row: &plan::Model| &row.choice);
    /// The fewest that may be chosen. Null where there is no range.
    min_components;
    /// The most that may be chosen. Null where there is no range.
    max_components;
    /// Which price of one unit and period an order may say in the place of the plan's. Null: none.
    price_override = made_of::<Option<PriceOverrideRule>, PriceOverrideRule>(
        vec![
            cell!(plan.allows_override).into(),
            cell!(plan.override_minimum).into(),
            cell!(plan.override_maximum).into(),
            cell!(plan.currency).into(),
        ],
        price_override,
    );
    /// The first day on which it can be ordered, in the seller's time zone. Null: it has begun.
    valid_from;
    /// The first day on which it can no longer be ordered. Null: it lasts.
    valid_until;
    /// Whether it can still be ordered.
    status;
    /// Its steps, one after the other; the last one lasts.
    steps = many!(PlanStep, below::steps_of_plan, plan_id);
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The subscriptions that have it, newest first.
    subscriptions = page!(CustomerSubscription, |viewer, parent| lists::subscriptions::subscriptions(viewer, &SubscriptionFilter { plan: Some(parent), ..SubscriptionFilter::default() }, lists::ByTime::Created, Descending));
}

/// Which price an order may say in the place of a plan's.
#[derive(Clone, Debug)]
pub struct PriceOverrideRule {
    minimum: Money,
    maximum: Option<Money>,
}

shape! {
    /// Which price an order may say in the place of a plan's.
    PriceOverrideRule;

    /// The least.
    minimum: Money, of Money = |it| Shown::object(it.minimum.clone());
    /// The most. Null: there is no limit.
    maximum: Option<Money>, of Money = |it| it.maximum.clone().map_or(Shown::Null, Shown::object);
}

fn price_override(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    if !given.bool(0)? {
        return Ok(Shown::Null);
    }
    let currency = given.some_text(3)?;
    let money = |amount| Money::new(amount, &currency);
    Ok(Shown::object(PriceOverrideRule {
        minimum: money(given.some_long(1)?.unwrap_or_default()),
        maximum: given.some_long(2)?.map(money),
    }))
}
