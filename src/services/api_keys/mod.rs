//! What callers prove themselves with.

pub mod create;
pub mod revoke;
