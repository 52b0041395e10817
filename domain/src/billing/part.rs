//! A component within one period: what is in force of it, and what was billed.

use chrono::NaiveDate;
use entity::RoundingMode;
use uuid::Uuid;

use super::{BillingError, ChargeKey, Component, Exact, Period, Share};
use crate::money;

/// What one line of what was billed still says of the rest of its period.
pub(super) struct Hold {
    pub(super) key: ChargeKey,
    pub(super) from: NaiveDate,
    pub(super) rounding: RoundingMode,
    /// For a whole period.
    pub(super) whole: Exact,
    /// What can still be taken back of it.
    pub(super) left: i64,
}

/// Days of a period that are charged at its end.
#[derive(Clone)]
pub(super) struct Stretch {
    pub(super) from: NaiveDate,
    pub(super) until: NaiveDate,
    pub(super) due: Due,
}

/// What so many units of a component cost for a whole period.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Due {
    pub(super) quantity: i64,
    pub(super) amount: Exact,
    pub(super) before_discounts: Exact,
}

pub(super) const NOTHING_DUE: Due =
    Due { quantity: 0, amount: Exact::ZERO, before_discounts: Exact::ZERO };

/// A component within a period.
pub(super) struct Part<'a> {
    pub(super) plan: Uuid,
    pub(super) component: &'a Component,
    /// What is in force.
    pub(super) due: Due,
    /// The day of the last change, and what was in force when it began.
    pub(super) day: NaiveDate,
    pub(super) at_first: Due,
    /// Of what is charged in advance, the oldest first.
    pub(super) holds: Vec<Hold>,
    /// Of what is charged in arrears, without gaps to the end of the period.
    pub(super) stretches: Vec<Stretch>,
}

impl<'a> Part<'a> {
    /// A component of which nothing is in force until something is said to be, from a day on.
    pub(super) fn new(plan: Uuid, component: &'a Component, day: NaiveDate) -> Self {
        Self {
            plan,
            component,
            due: NOTHING_DUE,
            day,
            at_first: NOTHING_DUE,
            holds: Vec::new(),
            stretches: Vec::new(),
        }
    }

    /// How what is taken back is rounded: as what was billed last.
    pub(super) fn rounding(&self) -> Option<RoundingMode> {
        self.holds.last().map(|hold| hold.rounding)
    }

    /// What all lines say of a whole period.
    pub(super) fn wholes(&self) -> Vec<Exact> {
        self.holds.iter().map(|hold| hold.whole).collect()
    }

    pub(super) fn left(&self) -> Result<i64, BillingError> {
        Ok(money::sum(self.holds.iter().map(|hold| hold.left))?)
    }

    /// Has something else be in force from a day on, which is charged at the end of the period.
    pub(super) fn used_from(&mut self, day: NaiveDate, until: NaiveDate, due: Due) {
        if let Some(last) = self.stretches.last_mut() {
            last.until = last.until.min(day);
        }
        self.stretches.push(Stretch { from: day, until, due });
        self.due = due;
    }

    /// Takes on what was billed of the same component under a plan that came later.
    pub(super) fn absorb(&mut self, later: Self) {
        self.holds.extend(later.holds);
        self.due = later.due;
    }

    /// What is left of the lines when the days before the rest of the period have been charged.
    pub(super) fn unused(&self, whole: Period, rest: Period) -> Result<i64, BillingError> {
        let unused = self.holds.iter().map(|hold| {
            let days = Period::new(hold.from, rest.end())?;
            let charged = |days: Period| {
                let share = Share::of_period(days, whole)?;
                share.exactly(hold.whole)?.rounded(hold.rounding)
            };
            Ok(money::difference(charged(days)?, charged(days.until(rest.start()))?)?)
        });
        Ok(money::sum(unused.collect::<Result<Vec<_>, BillingError>>()?)?)
    }

    /// How much of each line is given up where so much less is in force: of the newest first.
    pub(super) fn given_up(&self, mut less: Exact) -> Result<Vec<Exact>, BillingError> {
        let mut given_up = vec![Exact::ZERO; self.holds.len()];
        for (hold, given_up) in self.holds.iter().zip(&mut given_up).rev() {
            *given_up = hold.whole.at_most(less)?;
            less = less.minus(*given_up)?;
        }
        Ok(given_up)
    }
}
