//! The term by which a subscription's customer is bound.

use chrono::NaiveDate;
use domain::billing;
use entity::{CommitmentRenewal, SurchargePolicy, commitment::Commitment, subscription_change};

use super::{
    add_ons,
    course::{Course, ends, is_pending},
    refusals::failed,
};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{seller::Seller, unit::Unit},
};

/// As it is stored.
pub(super) fn stored(commitment: billing::Commitment) -> Commitment {
    let (surcharge, basis_points, amount) = match commitment.surcharge {
        billing::SurchargePolicy::None => (SurchargePolicy::None, None, None),
        billing::SurchargePolicy::Continue => (SurchargePolicy::Continue, None, None),
        billing::SurchargePolicy::Remainder(basis_points) => {
            (SurchargePolicy::Remainder, i32::try_from(basis_points).ok(), None)
        }
        billing::SurchargePolicy::Fixed(amount) => (SurchargePolicy::Fixed, None, Some(amount)),
    };
    Commitment {
        starts_on: commitment.term.start(),
        ends_on: commitment.term.end(),
        quantity: commitment.quantity,
        surcharge,
        basis_points,
        amount,
        renewal: if commitment.renews { CommitmentRenewal::Same } else { CommitmentRenewal::None },
    }
}

/// The term that binds now.
pub(super) fn binding(
    unit: &Unit,
    seller: &Seller,
    course: &Course,
) -> Outcome<Option<billing::Commitment>> {
    let charges = course.charges(seller, unit.now, |it| !is_pending(it)).map_err(failed)?;
    Ok(charges.commitment)
}

/// On which day somebody who wants to leave on a day does: where billing continues to the end of the term, not before that.
pub(super) fn leaves_on(
    unit: &Unit,
    seller: &Seller,
    course: &Course,
    day: NaiveDate,
) -> Outcome<NaiveDate> {
    // What ends with the last day of a term ends before another one begins.
    let today = course.day(seller, unit.now)?;
    let before = day.pred_opt().filter(|_| day > today);
    let at =
        before.map(|day| seller.begins(day)).transpose()?.map_or(unit.now, |at| at.max(unit.now));
    let charges = course.charges(seller, at, |it| !is_pending(it)).map_err(failed)?;
    let bound = charges.commitment.filter(|commitment| commitment.binds_on(day));
    let Some(commitment) = bound else { return Ok(day) };
    Ok(commitment.billed_until(day))
}

/// Refuses to take an end back under a commitment, with `COMMITMENT_BINDS` for the field that asks for it (IFS-45), and what
/// goes along with another subscription, with `ADD_ON_FOLLOWS_PARENT`.
pub(super) fn may_be_taken_back(
    unit: &Unit,
    seller: &Seller,
    course: &Course,
    change: &subscription_change::Model,
    field: &str,
) -> Outcome<()> {
    add_ons::may_be_taken_back(change)?;
    if !ends(change) {
        return Ok(());
    }
    let commitment = binding(unit, seller, course)?;
    let today = course.day(seller, unit.now)?;
    let to = change.takes_effect_on;
    match billing::Commitment::may_revoke_cancellation(commitment.as_ref(), today, to) {
        Err(billing::BillingError::CommitmentBinds) => {
            let message = "The customer is bound: a cancellation within the term stays.";
            Err(Refusal::of(RefusalCode::CommitmentBinds, field, message).into())
        }
        // What has come by now is not pending any more.
        Ok(()) | Err(_) => Ok(()),
    }
}
