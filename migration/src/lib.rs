//! The database schema, step by step.
//!
//! Steps only add, because an old and a new binary may run together for one release: tables, columns that may be null or
//! have a default, indexes. A rule that is loosened is an addition too: what the old binary writes still fits. What is no
//! longer used goes one release later.

pub use sea_orm_migration::{prelude::*, seaql_migrations};

mod dialect;
mod m20261121_000001_sellers_and_catalogue;
mod m20261121_000002_orders_and_what_follows;
mod m20261121_000003_event_log;
mod m20261128_000001_drafts_by_partner;
mod m20261128_000002_billing_periods;
mod m20261128_000003_failed_tries;
mod m20261128_000004_who_did_what;
mod m20261128_000006_spelling;
mod m20261128_000007_events_without_customer;
mod m20261128_000008_billing;
mod m20261128_000009_billing_run_sums;
mod m20261129_000001_approval_links;
mod m20261129_000002_payment_reversals;
mod m20261129_000003_webhooks;
mod m20261129_000004_approval_rules;
mod m20261129_000005_provisioning;
mod m20261129_000006_mail;
mod m20261129_000007_consents;
mod m20261129_000008_lines_by_webhook;
mod m20261129_000009_denials;
mod m20261129_000010_plans;
mod m20261129_000011_payment_agreements;
mod m20261129_000012_discounts;
mod m20261129_000013_prices;
mod m20261129_000014_commitments;
mod m20261129_000015_dated_prices;
mod m20261129_000016_usage;
mod m20261129_000017_ended_orders;
mod m20261129_000018_add_ons;

/// All steps, in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_sellers_and_catalogue::Migration),
            Box::new(m20261121_000002_orders_and_what_follows::Migration),
            Box::new(m20261121_000003_event_log::Migration),
            Box::new(m20261128_000001_drafts_by_partner::Migration),
            Box::new(m20261128_000002_billing_periods::Migration),
            Box::new(m20261128_000003_failed_tries::Migration),
            Box::new(m20261128_000004_who_did_what::Migration),
            Box::new(m20261128_000006_spelling::Migration),
            Box::new(m20261128_000007_events_without_customer::Migration),
            Box::new(m20261128_000008_billing::Migration),
            Box::new(m20261128_000009_billing_run_sums::Migration),
            Box::new(m20261129_000001_approval_links::Migration),
            Box::new(m20261129_000002_payment_reversals::Migration),
            Box::new(m20261129_000003_webhooks::Migration),
            Box::new(m20261129_000004_approval_rules::Migration),
            Box::new(m20261129_000005_provisioning::Migration),
            Box::new(m20261129_000006_mail::Migration),
            Box::new(m20261129_000007_consents::Migration),
            Box::new(m20261129_000008_lines_by_webhook::Migration),
            Box::new(m20261129_000009_denials::Migration),
            Box::new(m20261129_000010_plans::Migration),
            Box::new(m20261129_000011_payment_agreements::Migration),
            Box::new(m20261129_000012_discounts::Migration),
            Box::new(m20261129_000013_prices::Migration),
            Box::new(m20261129_000014_commitments::Migration),
            Box::new(m20261129_000015_dated_prices::Migration),
            Box::new(m20261129_000016_usage::Migration),
            Box::new(m20261129_000017_ended_orders::Migration),
            Box::new(m20261129_000018_add_ons::Migration),
        ]
    }
}
