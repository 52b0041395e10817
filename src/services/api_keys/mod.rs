//! What callers prove themselves with.

pub mod revoke;
