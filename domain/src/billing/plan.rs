//! What was sold: a copy of the plan as it was then. New prices in the catalogue do not reach it.

use uuid::Uuid;

use entity::{
    BillingAlignment, CancellationDay, Proration, SuspensionBilling,
    plan_instance::{PlanComponent, PlanInstance, PlanStep, Timing},
};

use super::{BillingError, CommitmentTerms, Interval, Price};

/// One of the things that a plan is sold as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Which.
    pub id: Uuid,
    /// What it costs for a period.
    pub price: Price,
    /// When it is charged.
    pub timing: Timing,
}

/// A part of a plan's life: a trial, some cheap months, what it costs for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// For how many periods it lasts; none: it lasts.
    pub periods: Option<u32>,
    /// How long its periods are. Where that is not as before, a new anchor is set.
    pub interval: Interval,
    /// What is sold in it.
    pub components: Vec<Component>,
}

/// What is charged where a period is not used as it was billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProrationPolicy {
    /// What is charged for the first period where it is shorter than those after it.
    pub first_period: Proration,
    /// What is charged where a change makes the rest of a period dearer; with `None`, it is dearer from the next.
    pub increase: Proration,
    /// What is credited where a change makes it cheaper.
    pub decrease: Proration,
    /// What is credited when a period that was paid is cancelled.
    pub paid_cancellation: Proration,
    /// What is charged when a period that was not paid is cancelled.
    pub unpaid_cancellation: Proration,
    /// Whether the day of a cancellation is paid for.
    pub cancellation_day: CancellationDay,
    /// For how many hours after a period has begun its cancellation is credited at all; none: always. In the second period
    /// and later, a window that ends within a day lasts to the end of it.
    pub refund_window_hours: Option<u32>,
    /// What a suspension does to billing.
    pub suspension: SuspensionBilling,
}

impl Default for ProrationPolicy {
    /// By days, whatever happens; a suspension changes nothing.
    fn default() -> Self {
        Self {
            first_period: Proration::ByDay,
            increase: Proration::ByDay,
            decrease: Proration::ByDay,
            paid_cancellation: Proration::ByDay,
            unpaid_cancellation: Proration::ByDay,
            cancellation_day: CancellationDay::Credited,
            refund_window_hours: None,
            suspension: SuspensionBilling::Continues,
        }
    }
}

/// A plan as it was sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which copy this is: a plan that is sold twice, or at a later time, is copied twice.
    pub id: Uuid,
    steps: Vec<Step>,
    /// Where its anchor is set.
    pub alignment: BillingAlignment,
    /// What is charged where a period is not used as it was billed.
    pub policy: ProrationPolicy,
    /// How many days before it is due a renewal is issued.
    pub lead_days: u32,
    /// To what it binds the customer.
    pub commitment: Option<CommitmentTerms>,
}

impl Step {
    /// Whether nothing in it is charged for a period.
    pub fn is_charged_once(&self) -> bool {
        !self.components.is_empty()
            && self.components.iter().all(|component| component.timing == Timing::Once)
    }

    /// What is charged for each of its periods, used or not.
    pub(super) fn lasting(&self) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(|component| component.timing.is_for_time())
    }
}

impl TryFrom<&PlanInstance> for Plan {
    type Error = BillingError;

    /// A copy as it is stored. Refused as [`Plan::new`] does.
    fn try_from(instance: &PlanInstance) -> Result<Self, BillingError> {
        let component = |component: &PlanComponent| {
            let price = Price::try_from(&component.pricing)?;
            Ok(Component { id: component.id, price, timing: component.timing })
        };
        let step = |step: &PlanStep| {
            let components = step.components.iter().map(component);
            Ok(Step {
                periods: step.periods,
                interval: step.billing_period.map_or(Interval::FOR_GOOD, Interval::from),
                components: components.collect::<Result<_, BillingError>>()?,
            })
        };
        let stored = instance.proration;
        let policy = ProrationPolicy {
            first_period: stored.first_period,
            increase: stored.increase,
            decrease: stored.decrease,
            paid_cancellation: stored.paid_cancellation,
            unpaid_cancellation: stored.unpaid_cancellation,
            cancellation_day: instance.cancellation_day,
            refund_window_hours: instance.refund_window_hours,
            suspension: instance.suspension,
        };
        let steps = instance.steps.iter().map(step).collect::<Result<_, BillingError>>()?;
        let plan = Self::new(instance.id, steps, instance.alignment, policy, instance.lead_days)?;
        Ok(Self { commitment: instance.commitment.as_ref().map(CommitmentTerms::from), ..plan })
    }
}

impl Plan {
    /// [`BillingError::NotAPlan`] unless the last step lasts, and only that, each other one has periods, and no step sells a
    /// component twice.
    pub fn new(
        id: Uuid,
        steps: Vec<Step>,
        alignment: BillingAlignment,
        policy: ProrationPolicy,
        lead_days: u32,
    ) -> Result<Self, BillingError> {
        let Some((last, others)) = steps.split_last() else { return Err(BillingError::NotAPlan) };
        let sells_twice = |step: &Step| {
            let mut ids: Vec<_> = step.components.iter().map(|component| component.id).collect();
            ids.sort_unstable();
            ids.windows(2).any(|pair| pair[0] == pair[1])
        };
        let ends = |step: &Step| step.periods.is_some_and(|periods| periods > 0);
        if last.periods.is_some() || !others.iter().all(ends) || steps.iter().any(sells_twice) {
            return Err(BillingError::NotAPlan);
        }
        Ok(Self { id, steps, alignment, policy, lead_days, commitment: None })
    }

    /// What follows what; the last one lasts.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The step in which the plan is after so many of its periods. Steps are left at a renewal only, and the last one never
    /// (IFS-44).
    pub fn step_after(&self, periods: u32) -> Result<&Step, BillingError> {
        let (step, _) = self.place_after(periods)?;
        self.steps.get(step).ok_or(BillingError::NotAPlan)
    }

    /// Which step that is, and how many more periods it has after the one that begins then; none: it lasts.
    pub fn place_after(&self, periods: u32) -> Result<(usize, Option<u32>), BillingError> {
        let mut end = 0_u32;
        for (place, step) in self.steps.iter().enumerate() {
            let Some(length) = step.periods else { return Ok((place, None)) };
            end = end.saturating_add(length);
            if periods < end {
                return Ok((place, Some(end - periods - 1)));
            }
        }
        Err(BillingError::NotAPlan)
    }

    /// The interval with which the plan begins.
    pub fn first_interval(&self) -> Result<Interval, BillingError> {
        Ok(self.step_after(0)?.interval)
    }
}
