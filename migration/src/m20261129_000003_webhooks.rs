//! Addresses to which events are posted, and what came of each attempt.

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
        drop_tables(manager, &["webhook_delivery", "webhook_endpoint"]).await
    }
}

const UP: &str = "

CREATE TABLE webhook_endpoint (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    partner_id {uuid},
    url TEXT NOT NULL,
    kinds {json} NOT NULL,
    document TEXT,
    secrets {json} NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ENABLED', 'DISABLED')),
    disabled_reason TEXT CHECK (disabled_reason IN ('BY_OWNER', 'GONE', 'FAILING', 'EVENTS_GONE')),
    -- Everything up to here was delivered, or was not for it.
    position BIGINT NOT NULL CHECK (position >= 0),
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since {time},
    next_try_at {time} NOT NULL,
    test_requested_at {time},
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    CHECK ((status = 'DISABLED') = (disabled_reason IS NOT NULL)),
    CHECK ((failures > 0) = (failing_since IS NOT NULL)),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX webhook_endpoint_by_creation ON webhook_endpoint (tenant_id, created_at, id);
CREATE INDEX webhook_endpoint_of_partner ON webhook_endpoint (tenant_id, partner_id, created_at, id);
CREATE INDEX webhook_endpoint_enabled ON webhook_endpoint (next_try_at) WHERE status = 'ENABLED';
CREATE INDEX webhook_endpoint_to_test ON webhook_endpoint (test_requested_at) WHERE test_requested_at IS NOT NULL;

-- No foreign key to the event: what was sent is known for longer than what happened.
CREATE TABLE webhook_delivery (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL,
    endpoint_id {uuid} NOT NULL,
    event_id {uuid},
    position BIGINT,
    attempt INTEGER NOT NULL,
    delivered BOOLEAN NOT NULL,
    status_code INTEGER,
    error TEXT,
    answer TEXT,
    took_ms INTEGER NOT NULL,
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, endpoint_id) REFERENCES webhook_endpoint (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_of_endpoint ON webhook_delivery (tenant_id, endpoint_id, created_at, id);
CREATE INDEX webhook_delivery_by_creation ON webhook_delivery (tenant_id, created_at);
";
