//! What is charged where a period is not used as it was billed.

use entity::plan_instance;

use super::enums::Proration;
use crate::graphql::read::shape::{Shown, shape};

/// What is charged where a period is not used as it was billed.
#[derive(Clone, Copy, Debug)]
pub struct ProrationPolicy(pub plan_instance::ProrationPolicy);

shape! {
    /// What is charged where a period is not used as it was billed.
    ProrationPolicy;

    /// What is charged for the first period where it is shorter than those after it.
    first_period: Proration = |it| Shown::Word(it.0.first_period.as_str());
    /// What is charged where a change makes the rest of a period dearer.
    increase: Proration = |it| Shown::Word(it.0.increase.as_str());
    /// What is credited where a change makes it cheaper.
    decrease: Proration = |it| Shown::Word(it.0.decrease.as_str());
    /// What is credited when a period that was paid is cancelled.
    paid_cancellation: Proration = |it| Shown::Word(it.0.paid_cancellation.as_str());
    /// What is charged when a period that was not paid is cancelled.
    unpaid_cancellation: Proration = |it| Shown::Word(it.0.unpaid_cancellation.as_str());
}
