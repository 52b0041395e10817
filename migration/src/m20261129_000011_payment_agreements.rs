//! Payment agreements, what an order is to be paid by, and what sellers sign their messages about payments with.

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
CREATE TABLE payment_agreement (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    order_id {uuid},
    currency TEXT CHECK (length(currency) = 3),
    method TEXT NOT NULL,
    status TEXT NOT NULL,
    redirect_url TEXT,
    return_url TEXT,
    provider_reference TEXT,
    submits_order BOOLEAN NOT NULL DEFAULT FALSE,
    reason TEXT,
    registered_by TEXT NOT NULL,
    registered_by_partner_id {uuid},
    expires_at {time},
    decided_at {time},
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    CONSTRAINT payment_agreement_by_provider_reference UNIQUE (tenant_id, provider_reference),
    CHECK (status <> 'PENDING' OR (redirect_url IS NOT NULL AND expires_at IS NOT NULL)),
    CHECK ((status = 'PENDING') = (decided_at IS NULL)),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES \"order\" (tenant_id, id)
);
-- Of two checkouts that are open for an order, both could be paid.
CREATE UNIQUE INDEX payment_agreement_pending_of_order ON payment_agreement (tenant_id, order_id)
    WHERE status = 'PENDING' AND order_id IS NOT NULL;
CREATE INDEX payment_agreement_by_order ON payment_agreement (tenant_id, order_id, created_at, id);
CREATE INDEX payment_agreement_by_creation ON payment_agreement (tenant_id, created_at, id);
CREATE INDEX payment_agreement_by_update ON payment_agreement (tenant_id, updated_at, id);
CREATE INDEX payment_agreement_by_status ON payment_agreement (tenant_id, status, created_at, id);
CREATE INDEX payment_agreement_by_customer ON payment_agreement (tenant_id, customer_id, created_at, id);
CREATE INDEX payment_agreement_by_partner ON payment_agreement (tenant_id, partner_id, created_at, id);
CREATE INDEX payment_agreement_to_expire ON payment_agreement (tenant_id, expires_at, id)
    WHERE status = 'PENDING';

CREATE TABLE payment_callback (
    tenant_id {uuid} PRIMARY KEY REFERENCES tenant (id),
    secrets {json} NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);

ALTER TABLE \"order\" ADD COLUMN payment_method TEXT;
-- No foreign key, which SQLite cannot add to a table: payment agreements are not deleted.
ALTER TABLE \"order\" ADD COLUMN payment_agreement_id {uuid};

ALTER TABLE tenant ADD COLUMN payment_required BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE tenant ADD COLUMN payment_page_url TEXT;
ALTER TABLE tenant ADD COLUMN unpaid_orders TEXT NOT NULL DEFAULT 'KEPT';
";

const DOWN: &str = "
ALTER TABLE tenant DROP COLUMN unpaid_orders;
ALTER TABLE tenant DROP COLUMN payment_page_url;
ALTER TABLE tenant DROP COLUMN payment_required;
ALTER TABLE \"order\" DROP COLUMN payment_agreement_id;
ALTER TABLE \"order\" DROP COLUMN payment_method;
DROP TABLE payment_callback;
DROP TABLE payment_agreement;
";
