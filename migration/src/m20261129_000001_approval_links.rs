//! Links by which somebody without a credential answers an order that waits for approval.

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
        drop_tables(manager, &["approval_link"]).await
    }
}

// A link is found by the hash of its token alone: whoever follows it names no tenant.
const UP: &str = r#"

CREATE TABLE approval_link (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    order_id {uuid} NOT NULL,
    order_version BIGINT NOT NULL,
    approval_id {uuid} NOT NULL,
    partner_id {uuid},
    action TEXT NOT NULL CHECK (action IN ('APPROVE', 'REJECT')),
    token_hash TEXT NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    recipient TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_by_kind TEXT NOT NULL,
    created_by_role TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'USED', 'REVOKED', 'EXPIRED')),
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL CHECK (expires_at > created_at),
    used_at {time},
    revoked_at {time},
    UNIQUE (tenant_id, id),
    CHECK ((status = 'USED') = (used_at IS NOT NULL)),
    CHECK ((status = 'REVOKED') = (revoked_at IS NOT NULL)),
    FOREIGN KEY (tenant_id, order_id) REFERENCES "order" (tenant_id, id),
    FOREIGN KEY (tenant_id, approval_id) REFERENCES approval (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX approval_link_of_order ON approval_link (tenant_id, order_id, created_at, id);
CREATE INDEX approval_link_of_approval ON approval_link (tenant_id, approval_id);
CREATE INDEX approval_link_of_partner ON approval_link (tenant_id, partner_id);
CREATE INDEX approval_link_to_expire ON approval_link (tenant_id, expires_at) WHERE status = 'ACTIVE';
CREATE INDEX approval_link_by_expiry ON approval_link (tenant_id, expires_at);
"#;
