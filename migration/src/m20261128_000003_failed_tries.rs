//! What the program has failed at, and when it may try again; and the queues of its work, by tenant.

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

ALTER TABLE "order" ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "order" ADD COLUMN next_try_at {time} NOT NULL DEFAULT '1970-01-01T00:00:00+00:00';
ALTER TABLE order_line ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE order_line ADD COLUMN next_try_at {time} NOT NULL DEFAULT '1970-01-01T00:00:00+00:00';

CREATE INDEX order_to_start ON "order" (tenant_id, next_try_at, id) WHERE status = 'APPROVED';
CREATE INDEX order_line_to_complete ON order_line (tenant_id, next_try_at, id)
    WHERE status = 'IN_PROGRESS' AND provisioning = 'INSTANT';
"#;

const DOWN: &str = r#"
DROP INDEX order_line_to_complete;
DROP INDEX order_to_start;
ALTER TABLE order_line DROP COLUMN next_try_at;
ALTER TABLE order_line DROP COLUMN failures;
ALTER TABLE "order" DROP COLUMN next_try_at;
ALTER TABLE "order" DROP COLUMN failures;
"#;
