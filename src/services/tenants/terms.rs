//! What must be right about a tenant's settings.

use crate::{error::Refusal, services::validate};

/// Days that an approval may wait; none: forever.
pub(super) fn approval_lapse_days(field: &str, days: Option<i32>) -> Result<Option<i32>, Refusal> {
    days.map(|days| validate::between(field, days, 1..=365)).transpose()
}

/// Days that an invoice may stay unpaid.
pub(super) fn payment_terms_days(field: &str, days: i32) -> Result<i32, Refusal> {
    validate::between(field, days, 0..=365)
}
