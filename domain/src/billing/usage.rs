//! What was used: added up for each period, priced as it was sold, and charged when the period is over. What is reported
//! after that is charged when its day is over: the difference that it makes to what the sum comes to.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use entity::{RoundingMode, plan_instance::PlanComponent};
use uuid::Uuid;

use super::{
    BillingError, Cause, Component, Period, Share, Timing,
    part::Part,
    whole_price,
    writer::{Occasion, Writer},
};
use crate::money;

/// What was reported of the use of a component, added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Which.
    pub component: Uuid,
    /// A day of the stretch in which it counts.
    pub day: NaiveDate,
    /// The day on which it was reported, where the stretch was over by then.
    pub late_on: Option<NaiveDate>,
    /// How many units; below zero where reports are corrected.
    pub quantity: i64,
}

/// A stretch in which the use of a component is added up: a period, or a part of it with one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Which component.
    pub component: Uuid,
    /// The number of its period.
    pub number: u32,
    /// Its days, whenever the subscription was cancelled within them.
    pub days: Period,
    /// Whether it has been charged: what is reported now is late.
    pub is_over: bool,
    /// How many units were reported.
    pub quantity: i64,
    /// What they come to.
    pub amount: i64,
}

/// What so many units of a component cost for a whole period in which nothing is used.
pub fn without_usage(
    component: &PlanComponent,
    quantity: i32,
    rounding: RoundingMode,
) -> Result<i64, BillingError> {
    match component.timing {
        Timing::Usage => Ok(0),
        Timing::Once | Timing::InAdvance | Timing::InArrears => {
            whole_price(&component.pricing, quantity, rounding)
        }
    }
}

/// A meter on its way through time.
pub(super) struct Metered<'a> {
    pub(super) component: &'a Component,
    plan: Uuid,
    number: u32,
    days: Period,
    /// The day on which it was charged, or is.
    closed_on: Option<NaiveDate>,
}

impl<'a> Metered<'a> {
    pub(super) fn new(plan: Uuid, component: &'a Component, number: u32, days: Period) -> Self {
        Self { component, plan, number, days, closed_on: None }
    }

    /// Whether it counts what is used in a period that has this number, and has not been closed.
    pub(super) fn counts_in(&self, number: u32) -> bool {
        self.number == number && self.closed_on.is_none()
    }

    /// Has another one count from a day on, until the period is over.
    pub(super) fn ends_on(&mut self, day: NaiveDate) {
        self.days = self.days.until(day);
    }

    /// Has what was counted be charged.
    pub(super) fn close(&mut self, day: NaiveDate) {
        self.closed_on = Some(day);
    }

    /// The days that its lines are about: one at least, also where the subscription was cancelled on the first.
    fn line_days(&self, closed_on: NaiveDate) -> Result<Period, BillingError> {
        let start = self.days.start();
        let first = start.succ_opt().ok_or(BillingError::OutOfCalendar)?;
        Period::new(start, self.days.end().min(closed_on).max(first))
    }
}

/// Those that count what was used by a day, and when there is something to charge next, because it was reported late.
pub(super) fn charge_usage(
    meters: &[Metered<'_>],
    usage: &[Usage],
    rounding: RoundingMode,
    today: NaiveDate,
    writer: &mut Writer<'_>,
) -> Result<(Vec<Meter>, Option<NaiveDate>), BillingError> {
    let mut counted: Vec<BTreeMap<Option<NaiveDate>, i64>> = vec![BTreeMap::new(); meters.len()];
    for used in usage {
        let sells = |meter: &Metered<'_>| meter.component.id == used.component;
        let by_then = |meter: &Metered<'_>| meter.days.start() <= used.day;
        // The last one that began by then; or else the first of all, so that nothing is lost.
        let place = meters
            .iter()
            .rposition(|meter| sells(meter) && by_then(meter))
            .or_else(|| meters.iter().position(sells));
        let Some(place) = place else { continue };
        let sum = counted[place].entry(used.late_on).or_default();
        *sum = money::sum([*sum, used.quantity])?;
    }
    let mut shown = Vec::with_capacity(meters.len());
    let mut next_on: Option<NaiveDate> = None;
    for (meter, counted) in meters.iter().zip(counted) {
        let quantity = money::sum(counted.values().copied())?;
        shown.push(Meter {
            component: meter.component.id,
            number: meter.number,
            days: meter.days,
            is_over: meter.closed_on.is_some(),
            quantity,
            amount: worth(meter.component, quantity, rounding)?,
        });
        let waits = charge_counted(meter, &counted, rounding, today, writer)?;
        next_on = next_on.into_iter().chain(waits).min();
    }
    Ok((shown, next_on))
}

/// Charges what a meter has counted, as far as that is due, and says when there is more to charge.
fn charge_counted(
    meter: &Metered<'_>,
    counted: &BTreeMap<Option<NaiveDate>, i64>,
    rounding: RoundingMode,
    today: NaiveDate,
    writer: &mut Writer<'_>,
) -> Result<Option<NaiveDate>, BillingError> {
    let Some(closed_on) = meter.closed_on else { return Ok(None) };
    let days = meter.line_days(closed_on)?;
    let mut part = Part::new(meter.plan, meter.component, days.start());
    let (mut quantity, mut billed) = (0, 0);
    // What was reported in time comes before what was reported late.
    for (late_on, more) in counted {
        let due_on = match late_on {
            None => closed_on,
            Some(day) => {
                let next = day.checked_add_days(Days::new(1)).ok_or(BillingError::OutOfCalendar)?;
                next.max(closed_on)
            }
        };
        if late_on.is_some() && due_on > today {
            return Ok(Some(due_on));
        }
        quantity = money::sum([quantity, *more])?;
        let rounding = part.rounding().unwrap_or(rounding);
        let occasion = Occasion {
            period: days,
            share: Share::WHOLE,
            cause: late_on.map_or(Cause::Period(meter.number), Cause::Reported),
            issued_on: due_on,
            due_on,
            rounding,
        };
        let more_due = money::difference(worth(meter.component, quantity, rounding)?, billed)?;
        billed = money::sum([billed, writer.charge_use(&mut part, *more, more_due, occasion)?])?;
    }
    Ok(None)
}

/// What so many units come to. Of what was not used, nothing is charged, whatever the price says.
fn worth(
    component: &Component,
    quantity: i64,
    rounding: RoundingMode,
) -> Result<i64, BillingError> {
    if quantity <= 0 {
        return Ok(0);
    }
    component.price.of(quantity)?.rounded(rounding)
}
