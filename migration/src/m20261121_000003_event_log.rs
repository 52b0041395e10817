//! The event log: what happened, in an order that readers can trust. And who does the work that follows from it.

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
        drop_tables(manager, &["lease", "event", "event_log"]).await
    }
}

const UP: &str = r"

CREATE TABLE event_log (
    tenant_id {uuid} PRIMARY KEY REFERENCES tenant (id),
    epoch {uuid} NOT NULL,
    earliest_position BIGINT NOT NULL,
    latest_position BIGINT NOT NULL,
    CHECK (earliest_position BETWEEN 1 AND latest_position + 1)
);

-- No foreign keys to what an event is about: the log outlives it.
CREATE TABLE event (
    sequence {identity},
    id {uuid} NOT NULL UNIQUE,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    position BIGINT,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id {uuid} NOT NULL,
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    order_id {uuid},
    order_line_id {uuid},
    order_version BIGINT,
    trigger TEXT,
    from_status TEXT,
    to_status TEXT,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    occurred_at {time} NOT NULL,
    UNIQUE (tenant_id, position)
);
CREATE INDEX event_without_position ON event (tenant_id, sequence) WHERE position IS NULL;
-- The history of one order, and the guarantee that its versions are dense and told once.
CREATE UNIQUE INDEX event_of_order ON event (tenant_id, order_id, order_version) WHERE order_version IS NOT NULL;
CREATE INDEX event_by_order ON event (tenant_id, order_id, sequence);

-- Work that one node does at a time; one row for each kind of it.
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder {uuid},
    -- Rises with each change of the holder.
    token BIGINT NOT NULL,
    -- Milliseconds since 1970 by the database's clock.
    expires_at BIGINT NOT NULL
);
INSERT INTO lease (name, token, expires_at) VALUES ('provisioning', 0, 0), ('sweeps', 0, 0);
";
