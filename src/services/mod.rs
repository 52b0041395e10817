//! What can be done: one use case per file, each of which loads, decides, writes and records.

pub mod change;
pub mod invoices;
pub mod order_lines;
pub mod orders;
pub mod perform;
pub mod search;
pub mod subscriptions;
pub mod unit;
pub mod validate;
