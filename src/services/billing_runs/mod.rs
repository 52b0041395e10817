//! Billing runs, and what keeps a subscription out of them.

pub(crate) mod due;
pub(crate) mod hold;
pub(crate) mod lateness;
pub mod preview;
pub mod release_hold;
pub(crate) mod row;
pub mod start;
