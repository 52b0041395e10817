//! Ordergate: orders of subscriptions over GraphQL, with every change of status pushed to whoever watches.
//!
//! `ARCHITECTURE.md` has the map, and the way of an order through these modules.

#![recursion_limit = "256"]

pub mod access;
pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod document;
pub mod error;
pub mod events;
pub mod graphql;
pub mod http;
pub mod jobs;
pub mod logging;
pub mod mail;
pub mod memory;
pub mod metrics;
pub mod outbound;
mod planted;
mod seldom;
pub mod services;
pub mod store;
pub mod wakeups;
