//! What is charged, when, and on what document.

mod by_hand;
mod changes;
mod commitments;
mod credits;
mod discounts;
mod documents;
mod invoices;
mod ledger;
mod limits;
mod payments;
mod periods;
mod plans;
mod previews;
mod price_migrations;
mod prices;
mod random_previews;
mod runs;
mod scheduled;
mod shop;
mod taken_back;
mod westward;
mod year;
