//! What a discount says, and what must be right about it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    CustomerId, DiscountDuration, OfferId, PartnerId, customer, discount, offer, partner,
};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};

use super::restriction::Restriction;
use crate::{
    access::{self, Named},
    error::{Outcome, Refusal, Refusals},
    services::{change::Change, unit::Unit, validate},
};

const WHOLE_IN_BASIS_POINTS: i32 = 10_000;
const MOST_PERIODS: i32 = 1_000;
const HIGHEST_PRECEDENCE: i32 = 1_000_000;
/// For how many offers, and for how many customers, a discount may be.
const MOST_NAMED: usize = 100;

/// What a new discount says, or what changes about one.
#[derive(Clone, Debug, Default)]
pub struct DiscountChanges {
    pub name: Change<String>,
    /// Of a percentage.
    pub basis_points: Change<i32>,
    /// Of an amount.
    pub amount: Change<i64>,
    pub duration: Change<DiscountDuration>,
    pub periods: Change<i32>,
    pub valid_from: Change<NaiveDate>,
    /// The first day on which it can no longer be given.
    pub valid_until: Change<NaiveDate>,
    pub offer_ids: Change<Vec<OfferId>>,
    pub customer_ids: Change<Vec<CustomerId>>,
    pub partner_id: Change<PartnerId>,
    pub max_redemptions: Change<i32>,
    pub max_redemptions_per_customer: Change<i32>,
    pub precedence: Change<i32>,
}

/// Puts what is said into a discount, and keeps what is wrong with it.
pub(super) async fn put(
    unit: &Unit,
    changes: DiscountChanges,
    discount: &mut discount::Model,
    restriction: &mut Restriction,
    refusals: &mut Refusals,
) -> Outcome<()> {
    refusals.value(changes.name.put(&mut discount.name, "name", validate::name));
    put_takes_off(
        changes.basis_points,
        &mut discount.basis_points,
        "basisPoints",
        refusals,
        |it| (1..=WHOLE_IN_BASIS_POINTS).contains(&it),
    );
    put_takes_off(changes.amount, &mut discount.amount, "amount", refusals, |it| it > 0);
    let says_periods = matches!(changes.periods, Change::Set(_));
    refusals.value(changes.duration.put(&mut discount.duration, "duration", validate::any));
    refusals.value(changes.periods.put_optional(&mut discount.periods, "periods", |field, it| {
        it.map(|it| validate::between(field, it, 1..=MOST_PERIODS)).transpose()
    }));
    match (discount.duration, discount.periods) {
        (DiscountDuration::Periods, None) if !says_periods => {
            refusals.push(Refusal::invalid("periods", "Say for how many periods it holds."));
        }
        (DiscountDuration::Once | DiscountDuration::Forever, Some(_)) if says_periods => {
            refusals.push(Refusal::invalid("periods", "They belong to the duration PERIODS."));
        }
        (DiscountDuration::Once | DiscountDuration::Forever, _) => discount.periods = None,
        (DiscountDuration::Periods, _) => {}
    }
    for (change, place, field) in [
        (changes.valid_from, &mut discount.valid_from, "validFrom"),
        (changes.valid_until, &mut discount.valid_until, "validUntil"),
    ] {
        refusals.value(change.put_optional(place, field, validate::any));
    }
    if discount.valid_from.zip(discount.valid_until).is_some_and(|(from, until)| until <= from) {
        refusals.push(Refusal::invalid("validUntil", "It is to end after it has begun."));
    }
    for (change, place, field) in [
        (changes.max_redemptions, &mut discount.max_redemptions, "maxRedemptions"),
        (
            changes.max_redemptions_per_customer,
            &mut discount.max_redemptions_per_customer,
            "maxRedemptionsPerCustomer",
        ),
    ] {
        refusals.value(change.put_optional(place, field, |field, it| {
            it.map(|it| validate::between(field, it, 1..=i32::MAX)).transpose()
        }));
    }
    refusals.value(changes.precedence.put(&mut discount.precedence, "precedence", |field, it| {
        validate::between(field, it, 0..=HIGHEST_PRECEDENCE)
    }));
    if let Some(partner_id) = changes.partner_id.changed() {
        if let Some(id) = partner_id {
            refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
        }
        discount.partner_id = partner_id;
    }
    if let Some(ids) = changes.offer_ids.changed() {
        restriction.offers = named::<offer::Entity, _>(unit, ids, "offerIds", refusals).await?;
    }
    if let Some(ids) = changes.customer_ids.changed() {
        restriction.customers =
            named::<customer::Entity, _>(unit, ids, "customerIds", refusals).await?;
    }
    Ok(())
}

/// Puts what is taken off, where the discount is one of that kind, and refuses it where it is of the other.
fn put_takes_off<T: Copy>(
    change: Change<T>,
    place: &mut Option<T>,
    field: &str,
    refusals: &mut Refusals,
    is_right: impl Fn(T) -> bool,
) {
    match (change, &place) {
        (Change::Keep, _) => {}
        (Change::Clear | Change::Set(_), None) => {
            refusals.push(Refusal::invalid(field, "The discount is of the other kind."));
        }
        (Change::Clear, Some(_)) => {
            refusals.push(Refusal::invalid(field, "This field cannot be cleared."));
        }
        (Change::Set(value), Some(_)) if is_right(value) => *place = Some(value),
        (Change::Set(_), Some(_)) => {
            let message = "Give 1 to 10000 basis points, or an amount above 0.";
            refusals.push(Refusal::invalid(field, message));
        }
    }
}

/// The rows that are named, all of which must exist for the viewer.
async fn named<E, I>(
    unit: &Unit,
    ids: Option<Vec<I>>,
    field: &str,
    refusals: &mut Refusals,
) -> Outcome<BTreeSet<I>>
where
    E: Named,
    I: Copy + Ord + Into<sea_orm::Value> + sea_orm::TryGetable + Send,
{
    let ids = ids.unwrap_or_default();
    if ids.len() > MOST_NAMED {
        refusals.push(Refusal::invalid(field, format!("Name {MOST_NAMED} at most.")));
        return Ok(BTreeSet::new());
    }
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found: Vec<I> = access::visible::<E>(&unit.viewer)
        .select_only()
        .column(E::ID)
        .filter(E::ID.is_in(ids.iter().copied()))
        .into_tuple()
        .all(&unit.txn)
        .await?;
    let found: BTreeSet<_> = found.into_iter().collect();
    for (index, id) in ids.iter().enumerate() {
        if !found.contains(id) {
            refusals.push(access::not_found::<E>(&format!("{field}.{index}")));
        }
    }
    Ok(found)
}
