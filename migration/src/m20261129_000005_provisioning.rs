//! The vendor's side: lists of order lines, and since when one is on hold.

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

UPDATE order_line SET held_since = COALESCE((
    SELECT MAX(event.occurred_at) FROM event
    WHERE event.tenant_id = order_line.tenant_id AND event.order_id = order_line.order_id
        AND event.order_line_id = order_line.id AND event.to_status = 'ON_HOLD'
), started_at) WHERE status = 'ON_HOLD';

CREATE INDEX order_line_by_status ON order_line (tenant_id, status, order_created_at, id);
";

const DOWN: &str = r"

DROP INDEX order_line_by_status;
ALTER TABLE order_line DROP COLUMN held_since;
";
