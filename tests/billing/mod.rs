//! What is charged, when, and on what document.

mod add_ons;
mod by_hand;
mod changes;
mod commitments;
mod credits;
mod discounts;
mod documents;
mod invoices;
mod ledger;
mod limits;
mod line_cancellations;
mod payments;
mod per_order;
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
mod usage;
mod westward;
mod year;
