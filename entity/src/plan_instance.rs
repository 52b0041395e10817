//! What was sold, copied when it was: new prices in the catalogue do not reach it.

use sea_orm::{
    FromJsonQueryResult,
    prelude::{Date, Uuid},
};
use serde::{Deserialize, Serialize};

use crate::{
    BillingAlignment, BillingPeriod, CancellationDay, ChargeType, PlanId, ProductId, Proration,
    SuspensionBilling, TaxCategory, TaxCodeId, commitment::SoldCommitment, pricing::Pricing,
};

pub use crate::Timing;

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
    /// The plan that it was made of, and how; none: an offer was sold by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<PlanSelection>,
    /// To what it binds the customer; none: to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<SoldCommitment>,
}

/// What was chosen of a plan, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSelection {
    pub plan_id: PlanId,
    /// The plan's version, as it was then.
    pub plan_version: i64,
    /// The products that were chosen; none: all of them, because nothing was chosen.
    pub product_ids: Option<Vec<ProductId>>,
    /// The price of one unit and period that was said instead of the plan's, in minor units.
    pub price_override: Option<i64>,
    /// Whether it begins after the plan's trial.
    pub skips_trial: bool,
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
    /// The product that it is; none: the one of the offer that is sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// What its units cost for a period.
    #[serde(flatten)]
    pub pricing: Pricing,
    pub timing: Timing,
    /// The code whose rate of the day is charged; none: the rate here.
    pub tax_code_id: Option<TaxCodeId>,
    pub tax_basis_points: i32,
}

impl Timing {
    /// Whether a period costs something, used or not.
    pub fn is_for_time(self) -> bool {
        match self {
            Self::InAdvance | Self::InArrears => true,
            Self::Once | Self::Usage => false,
        }
    }
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

/// What the components of a line come to in their first period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct LineComponents(pub Vec<LineComponent>);

/// What one component of a line comes to, and how that is taxed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineComponent {
    pub product_id: ProductId,
    pub name: String,
    pub timing: Timing,
    /// Price of one unit, in minor units.
    pub unit_amount: i64,
    /// What all units come to.
    pub amount: i64,
    pub tax_category: TaxCategory,
    pub tax_basis_points: i32,
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
    /// The component that it is for; none: an earlier release wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component_id: Option<Uuid>,
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
