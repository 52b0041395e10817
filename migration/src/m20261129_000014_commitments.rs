//! To what offers bind their customers, and to what subscriptions do.

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
ALTER TABLE offer ADD COLUMN commitment {json};
ALTER TABLE subscription ADD COLUMN commitment {json};
";

const DOWN: &str = "
ALTER TABLE subscription DROP COLUMN commitment;
ALTER TABLE offer DROP COLUMN commitment;
";
