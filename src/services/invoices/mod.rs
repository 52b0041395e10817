//! Invoices: lines are collected on a draft, which is then issued.

pub mod issue;

pub(crate) mod draft;
mod row;
