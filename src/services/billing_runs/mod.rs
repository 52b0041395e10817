//! Billing runs, and what keeps a subscription out of them.

pub mod release_hold;
pub(crate) mod row;
pub mod start;
