//! Prices that are not the same for each unit.

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
ALTER TABLE price ADD COLUMN model TEXT NOT NULL DEFAULT 'PER_UNIT';
ALTER TABLE price ADD COLUMN tiers {json};
ALTER TABLE price ADD COLUMN package_size INTEGER CHECK (package_size > 0);
ALTER TABLE order_line ADD COLUMN price_model TEXT NOT NULL DEFAULT 'PER_UNIT';
ALTER TABLE subscription ADD COLUMN price_model TEXT NOT NULL DEFAULT 'PER_UNIT';
";

const DOWN: &str = "
ALTER TABLE subscription DROP COLUMN price_model;
ALTER TABLE order_line DROP COLUMN price_model;
ALTER TABLE price DROP COLUMN package_size;
ALTER TABLE price DROP COLUMN tiers;
ALTER TABLE price DROP COLUMN model;
";
