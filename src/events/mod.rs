//! The event log: what happened, told once, in one order, to everybody who may know.

pub mod cursor;
pub mod feed;
pub mod log;
pub mod progress;
pub mod tail;
pub mod wakeups;
