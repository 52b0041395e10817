//! Add-ons: offers that are sold to who has another one, and subscriptions that live as their parent does.

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
ALTER TABLE offer ADD COLUMN parent_offer_id {uuid};
ALTER TABLE offer ADD COLUMN add_on_minimum INTEGER CHECK (add_on_minimum >= 1);
ALTER TABLE offer ADD COLUMN add_on_maximum INTEGER CHECK (add_on_maximum >= 1);
CREATE INDEX offer_by_parent ON offer (tenant_id, parent_offer_id, created_at, id);

ALTER TABLE order_line ADD COLUMN parent_subscription_id {uuid};
ALTER TABLE order_line ADD COLUMN parent_line INTEGER CHECK (parent_line >= 1);

ALTER TABLE subscription ADD COLUMN parent_id {uuid};
ALTER TABLE subscription ADD COLUMN anchor_on DATE;
CREATE INDEX subscription_by_parent ON subscription (tenant_id, parent_id, created_at, id);

ALTER TABLE subscription_change ADD COLUMN follows_id {uuid};
";

const DOWN: &str = "
ALTER TABLE subscription_change DROP COLUMN follows_id;
DROP INDEX subscription_by_parent;
ALTER TABLE subscription DROP COLUMN anchor_on;
ALTER TABLE subscription DROP COLUMN parent_id;
ALTER TABLE order_line DROP COLUMN parent_line;
ALTER TABLE order_line DROP COLUMN parent_subscription_id;
DROP INDEX offer_by_parent;
ALTER TABLE offer DROP COLUMN add_on_maximum;
ALTER TABLE offer DROP COLUMN add_on_minimum;
ALTER TABLE offer DROP COLUMN parent_offer_id;
";
