//! What is charged, when, and on what document.

mod changes;
mod documents;
mod invoices;
mod limits;
mod periods;
mod previews;
mod runs;
mod scheduled;
mod shop;
mod year;
