//! How many people must say yes at a level, and who has.

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

const UP: &str = r#"
ALTER TABLE approval_rule ADD COLUMN approvers_needed INTEGER NOT NULL DEFAULT 1
    CHECK (approvers_needed BETWEEN 1 AND 10);
ALTER TABLE approval ADD COLUMN approvers_needed INTEGER NOT NULL DEFAULT 1 CHECK (approvers_needed > 0);

CREATE TABLE consent (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    order_id {uuid} NOT NULL,
    approval_id {uuid} NOT NULL,
    partner_id {uuid},
    person TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at {time} NOT NULL,
    order_version BIGINT,
    external_reference TEXT,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, approval_id, person),
    FOREIGN KEY (tenant_id, order_id) REFERENCES "order" (tenant_id, id),
    FOREIGN KEY (tenant_id, approval_id) REFERENCES approval (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX consent_of_order ON consent (tenant_id, order_id);
CREATE INDEX consent_of_partner ON consent (tenant_id, partner_id);

-- One was enough, whose yes it was. Its version is known as far as the log goes back.
INSERT INTO consent
    (id, tenant_id, order_id, approval_id, partner_id, person, given_by, given_at, order_version, external_reference)
SELECT id, tenant_id, order_id, id, partner_id, decided_by, decided_by, COALESCE(decided_at, created_at),
    (SELECT MAX(event.order_version) - 1 FROM event
     WHERE event.tenant_id = approval.tenant_id AND event.order_id = approval.order_id
        AND event.actor = approval.decided_by AND event.trigger IN ('APPROVE_STEP', 'APPROVE_LAST_STEP')),
    external_reference
FROM approval WHERE decision = 'APPROVED' AND decided_by IS NOT NULL;
"#;

const DOWN: &str = "
DROP TABLE consent;
ALTER TABLE approval DROP COLUMN approvers_needed;
ALTER TABLE approval_rule DROP COLUMN approvers_needed;
";
