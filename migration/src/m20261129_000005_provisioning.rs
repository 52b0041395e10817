//! The vendor's side: lists of order lines, what was asked about them, each attempt at them, what vendors return, and whom and which request
//! an event goes back to.

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

const UP: &str = r"

ALTER TABLE order_line ADD COLUMN held_since {time};
ALTER TABLE order_line ADD COLUMN activation {json};
ALTER TABLE subscription ADD COLUMN activation {json};
-- No foreign key: the log outlives what it is about.
ALTER TABLE event ADD COLUMN for_customer_id {uuid};
ALTER TABLE event ADD COLUMN request_id TEXT;
ALTER TABLE event ADD COLUMN trace_id TEXT;

UPDATE order_line SET held_since = COALESCE((
    SELECT MAX(event.occurred_at) FROM event
    WHERE event.tenant_id = order_line.tenant_id AND event.order_id = order_line.order_id
        AND event.order_line_id = order_line.id AND event.to_status = 'ON_HOLD'
), started_at) WHERE status = 'ON_HOLD';

CREATE INDEX order_line_by_status ON order_line (tenant_id, status, order_created_at, id);

CREATE TABLE order_line_attempt (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    order_line_id {uuid} NOT NULL,
    attempt_number INTEGER NOT NULL CHECK (attempt_number > 0),
    started_at {time} NOT NULL,
    ended_at {time},
    outcome TEXT,
    message TEXT,
    provisioning_reference TEXT,
    UNIQUE (tenant_id, order_line_id, attempt_number),
    FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_line (tenant_id, id),
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);

-- Of what was tried before, the line knows the last attempt, whose id is its own.
INSERT INTO order_line_attempt
    (id, tenant_id, order_line_id, attempt_number, started_at, ended_at, outcome, message, provisioning_reference)
SELECT id, tenant_id, id, attempts, started_at,
    CASE WHEN status IN ('COMPLETED', 'FAILED', 'PENDING') THEN COALESCE(ended_at, started_at) END,
    CASE status WHEN 'COMPLETED' THEN 'COMPLETED' WHEN 'FAILED' THEN 'FAILED' WHEN 'PENDING' THEN 'FAILED' END,
    failure_reason,
    provisioning_reference
FROM order_line WHERE attempts > 0 AND started_at IS NOT NULL;

CREATE TABLE order_line_hold (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    order_line_id {uuid} NOT NULL,
    hold_number INTEGER NOT NULL CHECK (hold_number > 0),
    question TEXT NOT NULL,
    choices {json},
    -- No foreign keys: who asked and who answered stays what it was.
    asked_by TEXT NOT NULL,
    asked_by_partner_id {uuid},
    asked_at {time} NOT NULL,
    answer TEXT,
    answered_by TEXT,
    answered_by_partner_id {uuid},
    ended_at {time},
    UNIQUE (tenant_id, order_line_id, hold_number),
    FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_line (tenant_id, id)
);

INSERT INTO order_line_hold
    (id, tenant_id, order_line_id, hold_number, question, asked_by, asked_by_partner_id, asked_at)
SELECT line.id, line.tenant_id, line.id, 1, COALESCE(line.hold_reason, event.reason, ''), event.actor,
    event.actor_partner_id, event.occurred_at
FROM order_line AS line JOIN event ON event.tenant_id = line.tenant_id AND event.order_id = line.order_id
WHERE line.status = 'ON_HOLD' AND event.sequence = (
    SELECT MAX(asked.sequence) FROM event AS asked
    WHERE asked.tenant_id = line.tenant_id AND asked.order_id = line.order_id AND asked.order_line_id = line.id
        AND asked.to_status = 'ON_HOLD');
";

const DOWN: &str = r"

DROP TABLE order_line_hold;
DROP TABLE order_line_attempt;
DROP INDEX order_line_by_status;
ALTER TABLE event DROP COLUMN trace_id;
ALTER TABLE event DROP COLUMN request_id;
ALTER TABLE event DROP COLUMN for_customer_id;
ALTER TABLE subscription DROP COLUMN activation;
ALTER TABLE order_line DROP COLUMN activation;
ALTER TABLE order_line DROP COLUMN held_since;
";
