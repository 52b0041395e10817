//! Billing runs, and what keeps a subscription out of them.

pub(crate) mod hold;
pub mod release_hold;
pub(crate) mod row;
pub mod start;
