//! What is known of a subscription when it is billed, and how its seller bills.

use chrono::{DateTime, NaiveDate, Utc};
use entity::RoundingMode;

use super::{Anchor, BilledLine, Change, Discount, Plan, Tz, Usage};

/// A subscription: what was sold, what happened to it, and what was billed of it.
#[derive(Clone, Debug)]
pub struct Sold<'a> {
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The date of that in the seller's zone as it was then.
    pub first_day: NaiveDate,
    /// Where its periods begin. Its interval is that of the plan's first step; otherwise a new anchor is set.
    pub anchor: Anchor,
    /// A copy of the plan.
    pub plan: &'a Plan,
    /// How many units were sold.
    pub quantity: i64,
    /// The fewest units it may have: one, or none where the offer says so.
    pub minimum_quantity: i64,
    /// In the order in which percentages are taken off.
    pub discounts: &'a [Discount],
    /// What happened to it and what will; in any order.
    pub changes: &'a [Change],
    /// What was billed of it.
    pub billed: &'a [BilledLine],
    /// What was used of it, as far as that was reported.
    pub usage: &'a [Usage],
}

/// The seller's settings, as they are now.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Where the seller's days begin.
    pub zone: Tz,
    /// How new lines are rounded.
    pub rounding: RoundingMode,
}
