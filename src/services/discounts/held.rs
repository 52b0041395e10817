//! For how long a discount holds that was given.

use entity::{DiscountDuration, subscription_discount};

/// Whether it still takes something off the period with this number, or a later one.
pub(super) fn holds_from(row: &subscription_discount::Model, period: i32) -> bool {
    let lasts = match row.terms.duration {
        DiscountDuration::Once => Some(1),
        DiscountDuration::Periods => row.terms.periods,
        DiscountDuration::Forever => None,
    };
    let runs_out = lasts.map(|periods| row.first_period.saturating_add(periods));
    let end = runs_out.into_iter().chain(row.end_period).min();
    row.returned_at.is_none() && end.is_none_or(|end| period.max(row.first_period) < end)
}
