//! Under what a customer buys (APG-12).

pub mod create;
pub mod update;
