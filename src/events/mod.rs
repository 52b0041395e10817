//! The event log: each event delivered once, in one order, to every watcher who may see it.

pub mod counters;
pub mod cursor;
pub mod feed;
pub mod interest;
pub mod log;
mod mailbox;
pub mod progress;
mod routes;
pub mod tail;
