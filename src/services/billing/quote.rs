//! What a change would charge, worked out as if it were carried out: for previews, and for the order that asks for it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::ChargeLine;
use entity::{
    OfferId,
    discount::LineDiscount,
    plan_instance::{Charge, Charges, PlanInstance},
    subscription, subscription_change,
};

use super::{
    add_ons,
    bill::{MOST_PERIODS, check_lines},
    change::{self, NewChange},
    course::Course,
    discounts::Given,
    refusals::{failed, refused},
    with_add_ons::{self, Along},
    write::{self, Origin},
};
use crate::{
    error::Outcome,
    services::{seller::Seller, unit::Unit},
};

/// What a change would charge, and when.
#[derive(Clone, Debug)]
pub(crate) struct Quote {
    pub(crate) charges: Charges,
    pub(crate) takes_effect_on: NaiveDate,
    /// What the add-ons have to which some of the charges belong.
    pub(crate) of_add_ons: Vec<PlanInstance>,
}

/// The lines that a change adds to what is due without it, of its add-ons as well: now, or on the day that it waits for. Writes
/// nothing. Refused as the change would be.
pub(crate) async fn quote(
    unit: &Unit,
    seller: &Seller,
    course: Course,
    subscription: &subscription::Model,
    new: &NewChange,
) -> Outcome<Quote> {
    add_ons::check(unit, subscription, new.into()).await?;
    let alone = Box::pin(quote_alone(unit, seller, course, subscription, new));
    let (mut charges, change) = alone.await?;
    let mut of_add_ons = Vec::new();
    let go_along = Box::pin(with_add_ons::along(unit, seller, subscription, &change));
    for Along { add_on, course, new } in go_along.await? {
        let mut sold = course.instance_on(course.day(seller, unit.now)?).clone();
        for component in sold.steps.iter_mut().flat_map(|step| &mut step.components) {
            component.product_id.get_or_insert(add_on.product_id);
        }
        let alone = Box::pin(quote_alone(unit, seller, course, &add_on, &new));
        let (more, _) = alone.await?;
        if !more.is_empty() {
            of_add_ons.push(sold);
        }
        charges.extend(more);
    }
    let takes_effect_on = change.takes_effect_on;
    Ok(Quote { charges: Charges(charges), takes_effect_on, of_add_ons })
}

async fn quote_alone(
    unit: &Unit,
    seller: &Seller,
    mut course: Course,
    subscription: &subscription::Model,
    new: &NewChange,
) -> Outcome<(Vec<Charge>, subscription_change::Model)> {
    let change = change::row(unit, seller, &course, subscription, new, &Origin::default()).await?;
    let at = if change.opens_day { seller.begins(change.takes_effect_on)? } else { unit.now };
    let without = course.expected(seller, at, &[]).map_err(failed)?.charges.lines;
    let gone = change::given_up(unit, seller, &course, new, &change)?;
    course.push(change.clone());
    let expected = course.expected(seller, at, &gone).map_err(refused)?;
    if let Some((_, error)) = expected.refused.iter().find(|(id, _)| *id == change.id) {
        return Err(refused(*error));
    }
    let with = expected.charges.lines;
    let added = with.iter().filter(|line| !without.contains(line));
    Ok((added.map(|line| shown(&course, line)).collect(), change))
}

/// The lines that a purchase of an offer would charge if it were carried out at a moment: nothing where it is charged afterwards, and a
/// share where its first period is shorter than those that follow. The periods of an add-on are counted from `anchor_on`. None where it begins so far back that it could not be
/// billed at once.
pub(crate) fn purchase(
    seller: &Seller,
    (offer_id, instance): (OfferId, &PlanInstance),
    discounts: &[LineDiscount],
    quantity: i32,
    starts_on: Option<NaiveDate>,
    anchor_on: Option<NaiveDate>,
    at: DateTime<Utc>,
) -> Outcome<Option<Charges>> {
    let given = Given::to_purchase(offer_id, discounts.iter().map(|discount| &discount.terms));
    let course = Course::sold(seller, instance.clone(), quantity, at, starts_on, anchor_on, given)?;
    let charges = course.charges(seller, at, |_| true).map_err(failed)?;
    let lines = charges.lines.iter().map(|line| shown(&course, line));
    Ok((charges.begun.len() <= MOST_PERIODS).then(|| Charges(lines.collect())))
}

/// The lines that are due by a moment, if nothing changes but what is registered. Refused where they would not be billed.
pub(crate) async fn due(
    unit: &Unit,
    seller: &Seller,
    subscription: &subscription::Model,
    at: DateTime<Utc>,
) -> Outcome<Charges> {
    let course = Course::load(unit, seller, subscription).await?;
    let charges = course.expected(seller, at, &[]).map_err(failed)?.charges;
    check_lines(&course, &charges)?;
    Ok(Charges(charges.lines.iter().map(|line| shown(&course, line)).collect()))
}

/// The lines of the next so many periods, and of what is due before them, if nothing changes but what is registered.
pub(crate) async fn renewals(
    unit: &Unit,
    seller: &Seller,
    subscription: &subscription::Model,
    periods: usize,
) -> Outcome<Charges> {
    let course = Course::load(unit, seller, subscription).await?;
    let mut at = unit.now;
    let mut charges = course.expected(seller, at, &[]).map_err(failed)?.charges;
    let last = charges.begun.len() + periods;
    while charges.begun.len() < last
        && let Some(day) = charges.next_on
    {
        at = seller.begins(day)?.max(at);
        charges = course.expected(seller, at, &[]).map_err(failed)?.charges;
    }
    Ok(Charges(charges.lines.iter().map(|line| shown(&course, line)).collect()))
}

fn shown(course: &Course, line: &ChargeLine) -> Charge {
    let change = write::change_of(course, line.key.cause);
    let component = write::sold_component(course, line);
    let days = |days: i64| i32::try_from(days).unwrap_or(i32::MAX);
    Charge {
        charge_type: line.key.kind,
        component_id: Some(line.key.component),
        description: write::description(course, line, component.map(|it| it.name.as_str()), change),
        starts_on: line.period.start(),
        ends_on: (line.key.kind != entity::ChargeType::OneTimeFee).then(|| line.period.end()),
        share_days: days(line.share.days()),
        share_of_days: days(line.share.of_days()),
        quantity: days(line.quantity),
        amount: line.amount,
        discount: line.discount,
        due_on: line.due_on,
    }
}
