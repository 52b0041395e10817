//! Invoices and credit notes: lines are collected on a draft, which is then issued, paid or credited.

pub mod account;
pub mod add_account_transaction;
pub mod add_line;
pub mod charge_customer;
pub mod create_credit_note;
pub mod credit;
pub mod delete_credit_note;
pub mod free_line;
pub mod issue;
pub mod issue_credit_note;
pub mod printed;
pub mod record_payment;
pub mod reverse_payment;
pub mod tell_overdue;
pub mod update_credit_note;

mod corrections;
mod credit_draft;
pub(crate) mod draft;
pub(crate) mod owed;
mod parties;
pub(crate) mod per_order;
mod receiver;
mod row;
mod settle;
mod taxes;
pub(crate) mod wide_sum;
