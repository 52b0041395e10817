//! Invoices and credit notes: lines are collected on a draft, which is then issued, paid or credited.

pub mod issue;

mod account;
pub(crate) mod draft;
mod parties;
mod row;
mod settle;
mod taxes;
