//! Billing periods, apart from the stretches within them.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["billing_period"]).await
    }
}

const UP: &str = r"

CREATE TABLE billing_period (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    subscription_id {uuid} NOT NULL,
    number INTEGER NOT NULL,
    starts_at {time} NOT NULL,
    ends_at {time},
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, subscription_id, number),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    CHECK (ends_at > starts_at)
);

-- So far every subscription has had one billing period. It began with the first stretch. What it was charged for tells its
-- end, also where a cancellation has cut the last stretch short; and else, that stretch does.
INSERT INTO billing_period (id, tenant_id, subscription_id, number, starts_at, ends_at)
SELECT stretch.id, stretch.tenant_id, stretch.subscription_id, 1, stretch.starts_at,
    CASE WHEN offer.billing_period IS NOT NULL THEN COALESCE(
        (SELECT MIN(line.period_ends_at) FROM invoice_line AS line
         WHERE line.tenant_id = stretch.tenant_id AND line.subscription_id = stretch.subscription_id
             AND line.charge_type = 'CYCLE_FEE'),
        (SELECT latest.ends_at FROM subscription_period AS latest
         WHERE latest.tenant_id = stretch.tenant_id AND latest.subscription_id = stretch.subscription_id
         ORDER BY latest.period_number DESC LIMIT 1)
    ) END
FROM subscription_period AS stretch
JOIN subscription ON subscription.tenant_id = stretch.tenant_id AND subscription.id = stretch.subscription_id
JOIN offer ON offer.tenant_id = subscription.tenant_id AND offer.id = subscription.offer_id
WHERE stretch.period_number = 1;
";
