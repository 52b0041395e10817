//! What is charged, when, and on what document.

mod changes;
mod documents;
mod invoices;
mod limits;
mod periods;
mod runs;
mod shop;
mod year;
