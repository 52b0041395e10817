//! Starting a billing run. It is carried out by a job.

use chrono::{DateTime, Months, Utc};
use entity::BillingRunId;

use super::row;
use crate::{
    error::{Outcome, Refusal},
    services::unit::Unit,
};

/// How far a dry run may look ahead, in months.
const FURTHEST: u32 = 36;

#[derive(Clone, Copy, Debug)]
pub struct StartBillingRun {
    /// What is due by then is billed; none: now.
    pub as_of: Option<DateTime<Utc>>,
    pub dry_run: bool,
}

/// Makes the record of a run, or gives the one that runs. Refused where it lies too far ahead.
pub async fn start_billing_run(unit: &Unit, command: StartBillingRun) -> Outcome<BillingRunId> {
    let StartBillingRun { as_of, dry_run } = command;
    let as_of = as_of.unwrap_or(unit.now);
    if !dry_run && as_of > unit.now {
        let message = "Only a dry run may look ahead: what is not yet due cannot be billed.";
        return Err(Refusal::invalid("asOf", message).into());
    }
    check_dry_run(unit, as_of)?;
    row::begin(unit, as_of, dry_run).await
}

/// Refuses to look further ahead than makes sense.
pub(super) fn check_dry_run(unit: &Unit, as_of: DateTime<Utc>) -> Result<(), Refusal> {
    if unit.now.checked_add_months(Months::new(FURTHEST)).is_some_and(|last| as_of > last) {
        let message = format!("A dry run may look {FURTHEST} months ahead at most.");
        return Err(Refusal::invalid("asOf", message));
    }
    Ok(())
}
