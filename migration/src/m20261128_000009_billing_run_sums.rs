//! What billing runs come to, and how far a dry run, which leaves no other trace, has come.

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
ALTER TABLE billing_run ADD COLUMN net_amounts {json};
ALTER TABLE billing_run ADD COLUMN counted_until {time};
ALTER TABLE billing_run ADD COLUMN counted_until_id {uuid};
CREATE INDEX billing_run_unfinished ON billing_run (tenant_id, created_at, id) WHERE status = 'RUNNING';
";

const DOWN: &str = "
DROP INDEX billing_run_unfinished;
ALTER TABLE billing_run DROP COLUMN counted_until_id;
ALTER TABLE billing_run DROP COLUMN counted_until;
ALTER TABLE billing_run DROP COLUMN net_amounts;
";
