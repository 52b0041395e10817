//! Rules that say when an order needs whose answer, and what an answer that is asked for keeps of them.

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
CREATE TABLE approval_rule (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    approver_partner_id {uuid},
    currency TEXT CHECK (length(currency) = 3),
    minimum_amount BIGINT CHECK (minimum_amount > 0),
    credit_limit BIGINT CHECK (credit_limit >= 0),
    product_id {uuid},
    vendor TEXT,
    action TEXT,
    customer_id {uuid},
    partner_id {uuid},
    first_order BOOLEAN NOT NULL,
    lapse_after_hours INTEGER CHECK (lapse_after_hours > 0),
    remind_every_hours INTEGER CHECK (remind_every_hours > 0),
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    CHECK ((currency IS NOT NULL) = (minimum_amount IS NOT NULL OR credit_limit IS NOT NULL)),
    CHECK (approver_partner_id IS NULL OR credit_limit IS NULL),
    FOREIGN KEY (tenant_id, approver_partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX approval_rule_by_creation ON approval_rule (tenant_id, created_at, id);
CREATE INDEX approval_rule_by_approver ON approval_rule (tenant_id, approver_partner_id, created_at, id);
CREATE INDEX approval_rule_by_product ON approval_rule (tenant_id, product_id);
CREATE INDEX approval_rule_by_customer ON approval_rule (tenant_id, customer_id);
CREATE INDEX approval_rule_by_partner ON approval_rule (tenant_id, partner_id);

ALTER TABLE approval ADD COLUMN rules {json};
ALTER TABLE approval ADD COLUMN lapses_at {time};
ALTER TABLE approval ADD COLUMN remind_every_hours INTEGER;
ALTER TABLE approval ADD COLUMN remind_at {time};
ALTER TABLE approval ADD COLUMN reminded_at {time};
CREATE INDEX approval_to_lapse ON approval (tenant_id, lapses_at, order_id)
    WHERE decision = 'PENDING' AND lapses_at IS NOT NULL;
CREATE INDEX approval_to_remind ON approval (tenant_id, remind_at, id)
    WHERE decision = 'PENDING' AND remind_at IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX approval_to_remind;
DROP INDEX approval_to_lapse;
ALTER TABLE approval DROP COLUMN reminded_at;
ALTER TABLE approval DROP COLUMN remind_at;
ALTER TABLE approval DROP COLUMN remind_every_hours;
ALTER TABLE approval DROP COLUMN lapses_at;
ALTER TABLE approval DROP COLUMN rules;
DROP TABLE approval_rule;
";
