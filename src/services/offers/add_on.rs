//! What must be right about an offer that is an add-on of another.

use domain::billing::Interval;
use entity::{Billing, BillingPeriod, OfferId, offer};

use crate::{
    error::{Outcome, Refusal, Refusals},
    services::unit::Unit,
};

/// How many units of an add-on one subscription to its parent offer may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) minimum: Option<i32>,
    pub(super) maximum: Option<i32>,
}

/// Refuses a parent that cannot be one, and periods that do not fit into the parent's.
pub(super) async fn check_parent(
    unit: &Unit,
    refusals: &mut Refusals,
    id: OfferId,
    period: Option<BillingPeriod>,
) -> Outcome<()> {
    const FIELD: &str = "parentOfferId";
    let parent = unit.require::<offer::Entity>(id, FIELD).await?;
    let Some(parent) = refusals.collect(parent) else { return Ok(()) };
    if parent.parent_offer_id.is_some() {
        let message = format!("{} is an add-on itself.", parent.name);
        refusals.push(Refusal::invalid(FIELD, message));
    } else if parent.billing != Billing::Recurring {
        let message =
            format!("{} is not recurring, and has no periods to go along with.", parent.name);
        refusals.push(Refusal::invalid(FIELD, message));
    } else if !fits(period, parent.billing_period) {
        let message = format!("The periods of {} do not consist of such periods.", parent.name);
        refusals.push(Refusal::invalid("billingPeriod", message));
    }
    Ok(())
}

/// The refusal of a number of units for what is no add-on.
pub(super) fn only_add_ons(field: &str) -> Refusal {
    Refusal::invalid(field, "It belongs to add-ons: offers with a parent offer.")
}

/// Refuses numbers of units that are none, or are out of order.
pub(super) fn check_bounds(refusals: &mut Refusals, bounds: Bounds) {
    let Bounds { minimum, maximum } = bounds;
    for (field, number) in [("addOnMinimum", minimum), ("addOnMaximum", maximum)] {
        if number.is_some_and(|number| number < 1) {
            refusals.push(Refusal::invalid(field, "Give 1 or more."));
        }
    }
    if minimum.zip(maximum).is_some_and(|(minimum, maximum)| maximum < minimum) {
        let message = "The largest number of units cannot be below the smallest.";
        refusals.push(Refusal::invalid("addOnMaximum", message));
    }
}

/// Refuses to bind the customer for an add-on apart from what it belongs to: it ends with that, whatever was agreed.
pub(super) fn check_commitment(refusals: &mut Refusals, is_add_on: bool, binds: bool) {
    if is_add_on && binds {
        let message = "An add-on binds nobody: it ends with what it belongs to.";
        refusals.push(Refusal::invalid("commitment", message));
    }
}

/// Whether a parent's period consists of periods like this; what is charged once has none, and fits.
fn fits(period: Option<BillingPeriod>, parents: Option<BillingPeriod>) -> bool {
    match (period, parents) {
        (None, _) => true,
        (Some(period), Some(parents)) => Interval::from(period).fits_into(Interval::from(parents)),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BillingPeriod::{Monthly, Quarterly, Weekly, Yearly};

    #[test]
    fn an_add_on_has_periods_of_which_its_parents_consist() {
        for (period, parents, expected) in [
            (Some(Monthly), Some(Monthly), true),
            (Some(Monthly), Some(Yearly), true),
            (Some(Quarterly), Some(Yearly), true),
            (Some(Yearly), Some(Monthly), false),
            (Some(Weekly), Some(Monthly), false),
            (None, Some(Monthly), true),
            (Some(Monthly), None, false),
        ] {
            assert_eq!(fits(period, parents), expected, "{period:?} {parents:?}");
        }
    }
}
