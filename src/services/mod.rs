//! What can be done: one use case per file, each of which loads, decides, writes and records.

pub mod agreements;
pub mod api_keys;
pub mod below;
pub mod billing;
pub mod billing_runs;
pub mod change;
pub mod customers;
pub(crate) mod days;
pub mod editions;
pub mod invoices;
mod licenses;
pub mod lists;
pub mod lookup;
pub mod offers;
pub mod orders;
pub mod page;
pub mod partners;
pub mod perform;
pub mod products;
pub mod queue;
pub mod search;
pub(crate) mod seller;
mod subscriptions;
pub mod tax_codes;
pub mod tenants;
pub mod unit;
pub mod validate;
