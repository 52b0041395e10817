//! Which periods a subscription has. They are begun here one by one: by billing when it is time, and ahead of it by whoever
//! asks what a term still comes to. So both have the same periods, in the same steps.

use chrono::NaiveDate;

use super::{Anchor, BillingError, Period, Plan, Proration, Step};

/// How far a subscription has got.
#[derive(Clone, Copy)]
pub(super) struct Periods {
    pub(super) anchor: Anchor,
    /// How many periods the plan has had.
    pub(super) of_plan: u32,
    /// How many periods there were.
    pub(super) number: u32,
    /// Where the next period begins; none: there is none.
    pub(super) next: Option<NaiveDate>,
}

/// A period that begins.
#[derive(Clone, Copy)]
pub(super) struct Beginning<'a> {
    pub(super) number: u32,
    pub(super) period: Period,
    /// The anchored period of which it is a share.
    pub(super) whole: Period,
    /// Nothing is charged for it, whatever happens.
    pub(super) free: bool,
    pub(super) step: &'a Step,
}

impl Periods {
    /// None has begun; the first does on a day.
    pub(super) fn from(first_day: NaiveDate, anchor: Anchor) -> Self {
        Self { anchor, of_plan: 0, number: 0, next: Some(first_day) }
    }

    /// Begins the next period on a day, in the step in which the plan is then. A step with periods of another length sets a
    /// new anchor.
    pub(super) fn begin<'a>(
        &mut self,
        plan: &'a Plan,
        start: NaiveDate,
    ) -> Result<Beginning<'a>, BillingError> {
        let step = plan.step_after(self.of_plan)?;
        if step.interval != self.anchor.interval() {
            self.anchor = Anchor::aligned(plan.alignment, start, step.interval)?;
        }
        self.number += 1;
        self.of_plan += 1;
        let mut whole = self.anchor.period_with(start)?;
        let period = whole.rest_from(start);
        let mut free = false;
        if self.number == 1 && period != whole {
            match plan.policy.first_period {
                Proration::ByDay => {}
                Proration::None => free = true,
                Proration::Full => whole = period,
            }
        }
        self.next = Some(period.end());
        Ok(Beginning { number: self.number, period, whole, free, step })
    }
}
