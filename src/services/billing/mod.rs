//! Billing subscriptions over time. What is charged is worked out by `domain::billing`; here it is loaded, asked and
//! written: activation, changes, cancellations, renewals and previews all go this way.

pub(crate) mod activate;
pub(crate) mod add_ons;
pub(crate) mod bill;
pub(crate) mod change;
mod commitments;
pub(crate) mod discounts;
pub(crate) mod meters;
pub(crate) mod next_period;
pub(crate) mod plan_instance;
pub(crate) mod quote;
pub mod revoke;

pub(crate) mod course;
mod refusals;
mod usage;
pub(crate) mod with_add_ons;
mod write;

pub(crate) use write::{Billed, Origin};
