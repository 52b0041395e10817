//! Payments that turned out to be none.

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

// The reference of a reversed payment is kept apart, so that it can be that of another one: `reference` is unique.
const UP: &str = "
ALTER TABLE payment ADD COLUMN reversed_at {time};
ALTER TABLE payment ADD COLUMN reversed_reference TEXT;
ALTER TABLE payment ADD COLUMN reversal_reason TEXT;
CREATE INDEX account_transaction_by_payment ON account_transaction (tenant_id, payment_id)
    WHERE payment_id IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX account_transaction_by_payment;
ALTER TABLE payment DROP COLUMN reversal_reason;
ALTER TABLE payment DROP COLUMN reversed_reference;
ALTER TABLE payment DROP COLUMN reversed_at;
";
