//! What can be done: one use case per file, each of which loads, decides, writes and records.

pub mod change;
pub mod perform;
pub mod unit;
pub mod validate;
