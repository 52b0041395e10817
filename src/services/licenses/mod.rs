//! Licenses: the right to use what a subscription holds.

pub(crate) mod row;
