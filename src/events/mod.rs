//! The event log: what happened, told once, in one order, to everybody who may know.

pub mod counters;
pub mod cursor;
pub mod feed;
pub mod interest;
pub mod log;
mod mailbox;
pub mod progress;
mod routes;
pub mod tail;
