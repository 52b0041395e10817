//! What customers may not order, and offers that a customer buys once.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

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
        run(manager, DOWN).await
    }
}

const UP: &str = "
CREATE TABLE denial (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    customer_id {uuid} NOT NULL,
    kind TEXT NOT NULL,
    product_id {uuid},
    offer_id {uuid},
    currency TEXT CHECK (length(currency) = 3),
    balance_limit BIGINT CHECK (balance_limit >= 0),
    reason TEXT,
    created_by TEXT NOT NULL,
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    CHECK ((kind = 'PRODUCT') = (product_id IS NOT NULL)),
    CHECK ((kind = 'OFFER') = (offer_id IS NOT NULL)),
    CHECK ((kind = 'BALANCE_LIMIT') = (balance_limit IS NOT NULL)),
    CHECK ((currency IS NOT NULL) = (balance_limit IS NOT NULL)),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id)
);
CREATE INDEX denial_by_customer ON denial (tenant_id, customer_id, created_at, id);
CREATE INDEX denial_by_product ON denial (tenant_id, product_id);
CREATE INDEX denial_by_offer ON denial (tenant_id, offer_id);

ALTER TABLE offer ADD COLUMN once_per_customer BOOLEAN NOT NULL DEFAULT FALSE;
";

const DOWN: &str = "
ALTER TABLE offer DROP COLUMN once_per_customer;
DROP TABLE denial;
";
