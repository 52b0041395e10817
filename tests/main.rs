//! The test suite: everything through the program's own parts, on SQLite and on PostgreSQL.

#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]
#![expect(clippy::print_stdout, reason = "a figure is printed by what measured it")]

mod support;

mod authorization;
mod billing;
mod catalogue;
mod crash;
mod demo;
mod documentation;
mod documents;
mod feeds;
mod first_day;
mod idempotency;
mod isolation;
mod layers;
mod lists;
mod mail;
mod nodes;
mod orders;
mod payments;
mod plans;
mod provisioning;
mod query_counts;
mod random_documents;
mod reads;
mod response_contract;
mod schema;
mod stock_transport;
mod storage;
mod subscriptions;
mod transports;
mod updates;
mod upgrade;
mod values;
mod webhooks;
