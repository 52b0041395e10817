//! What was sold, copied when it was: new prices in the catalogue do not reach it.

use sea_orm::{
    FromJsonQueryResult,
    prelude::{Date, Uuid},
};
use serde::{Deserialize, Serialize};

use crate::{
    BillingAlignment, BillingPeriod, CancellationDay, ChargeType, Proration, SuspensionBilling,
    TaxCodeId,
};

/// A copy of what was sold. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct PlanInstance {
    /// Which copy this is.
    pub id: Uuid,
    /// One after the other; the last one lasts.
    pub steps: Vec<PlanStep>,
    pub alignment: BillingAlignment,
    pub proration: ProrationPolicy,
    pub cancellation_day: CancellationDay,
    pub suspension: SuspensionBilling,
    /// For how many hours after a period has begun its cancellation is credited; none: always.
    pub refund_window_hours: Option<u32>,
    /// How many days before it is due a renewal is issued.
    pub lead_days: u32,
    pub tax_inclusive: bool,
}

/// A part of a plan's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanStep {
    /// For how many periods it lasts; none: it lasts.
    pub periods: Option<u32>,
    /// How long its periods are; none: there is one, without an end.
    pub billing_period: Option<BillingPeriod>,
    pub components: Vec<PlanComponent>,
}

/// One of the things that a plan is sold as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanComponent {
    /// Which; stays the same from one copy of its plan to the next.
    pub id: Uuid,
    /// As lines of invoices call it.
    pub name: String,
    /// Price of one unit for a period, in minor units.
    pub unit_amount: i64,
    pub timing: Timing,
    /// The code whose rate of the day is charged; none: the rate here.
    pub tax_code_id: Option<TaxCodeId>,
    pub tax_basis_points: i32,
}

/// When a component is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Timing {
    /// Once, when the subscription begins.
    Once,
    /// At the beginning of each period.
    InAdvance,
    /// At the end of each period.
    InArrears,
}

/// What is charged where a period is not used as it was billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct ProrationPolicy {
    /// What is charged for the first period where it is shorter than those after it.
    pub first_period: Proration,
    /// What is charged where a change makes the rest of a period dearer.
    pub increase: Proration,
    /// What is credited where a change makes it cheaper.
    pub decrease: Proration,
    /// What is credited when a period that was paid is cancelled.
    pub paid_cancellation: Proration,
    /// What is charged when a period that was not paid is cancelled.
    pub unpaid_cancellation: Proration,
}

impl Default for ProrationPolicy {
    /// By days, whatever happens.
    fn default() -> Self {
        Self {
            first_period: Proration::ByDay,
            increase: Proration::ByDay,
            decrease: Proration::ByDay,
            paid_cancellation: Proration::ByDay,
            unpaid_cancellation: Proration::ByDay,
        }
    }
}

/// What an order's line would have charged when it was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Charges(pub Vec<Charge>);

impl Charges {
    /// What they come to, in minor units.
    pub fn total(&self) -> i128 {
        self.0.iter().map(|charge| i128::from(charge.amount)).sum()
    }
}

/// A line as it would be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    pub charge_type: ChargeType,
    pub description: String,
    /// The days that it is about, half open; none: no end.
    pub starts_on: Date,
    pub ends_on: Option<Date>,
    pub share_days: i32,
    pub share_of_days: i32,
    /// How many units it is about; of a correction, how many more than before.
    pub quantity: i32,
    pub amount: i64,
    /// How much less that is than without discounts.
    #[serde(default)]
    pub discount: i64,
    pub due_on: Date,
}
