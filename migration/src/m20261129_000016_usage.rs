//! What was used of subscriptions, as it was reported.

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
        drop_tables(manager, &["usage_report"]).await
    }
}

const UP: &str = "
CREATE TABLE usage_report (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    subscription_id {uuid} NOT NULL,
    component_id {uuid} NOT NULL,
    product_id {uuid} NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity <> 0),
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    reference TEXT NOT NULL,
    corrects_id {uuid},
    counted_on DATE NOT NULL,
    late_on DATE,
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, subscription_id, reference),
    CHECK ((quantity < 0) = (corrects_id IS NOT NULL)),
    CHECK (starts_on < ends_on),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, corrects_id) REFERENCES usage_report (tenant_id, id)
);
CREATE INDEX usage_report_by_created
    ON usage_report (tenant_id, subscription_id, created_at, id);
-- What billing adds up, without the rows.
CREATE INDEX usage_report_counted
    ON usage_report (tenant_id, subscription_id, component_id, counted_on, late_on, quantity);
CREATE INDEX usage_report_by_corrected ON usage_report (tenant_id, corrects_id, quantity);
CREATE INDEX usage_report_by_product ON usage_report (tenant_id, product_id);
";
