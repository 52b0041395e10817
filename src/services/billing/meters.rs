//! Where what is used of a subscription is added up.

use domain::billing::Meter;

use super::{course::Course, refusals::failed};
use crate::{
    error::Outcome,
    services::{seller::Seller, unit::Unit},
};

/// The stretches of a subscription in which use is added up, those that have begun, with what was reported of them. What waits
/// for a day that has come counts as carried out.
pub(crate) fn meters(unit: &Unit, seller: &Seller, course: &Course) -> Outcome<Vec<Meter>> {
    let today = course.day(seller, unit.now)?;
    let expected = course.expected(seller, unit.now, &[]).map_err(failed)?;
    let mut meters = expected.charges.meters;
    meters.retain(|meter| meter.days.start() <= today);
    for meter in &mut meters {
        // The clock of another node may have been ahead.
        meter.is_over |= course.is_use_charged(meter.component, meter.days.start());
    }
    Ok(meters)
}
