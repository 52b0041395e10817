//! Who made an order what it is, what an approver called it, and whose people did something.

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

ALTER TABLE "order" ADD COLUMN co_authors {json};
-- No foreign keys: who did something stays what it was.
ALTER TABLE "order" ADD COLUMN placed_by_partner_id {uuid};
ALTER TABLE approval ADD COLUMN external_reference TEXT;
ALTER TABLE event ADD COLUMN actor_partner_id {uuid};

-- For what was there before, as far as it is known: keys tell whom they speak for, and approvals whose approvers gave
-- them; the log tells who changed and submitted the orders that nobody has decided on yet.
UPDATE "order" SET placed_by_partner_id = (
    SELECT api_key.partner_id FROM api_key
    WHERE api_key.tenant_id = "order".tenant_id AND 'key:' || api_key.prefix = "order".placed_by
) WHERE placed_by IN (SELECT 'key:' || prefix FROM api_key WHERE partner_id IS NOT NULL);

UPDATE event SET actor_partner_id = (
    SELECT api_key.partner_id FROM api_key
    WHERE api_key.tenant_id = event.tenant_id AND 'key:' || api_key.prefix = event.actor
) WHERE actor IN (SELECT 'key:' || prefix FROM api_key WHERE partner_id IS NOT NULL);

UPDATE event SET actor_partner_id = (
    SELECT approval.partner_id FROM approval
    WHERE approval.tenant_id = event.tenant_id AND approval.order_id = event.order_id
        AND approval.decided_by = event.actor AND approval.partner_id IS NOT NULL
    LIMIT 1
) WHERE actor_partner_id IS NULL AND trigger IN ('APPROVE_STEP', 'APPROVE_LAST_STEP', 'REJECT');

UPDATE "order" SET co_authors = (
    SELECT {list}(DISTINCT event.actor) FROM event
    WHERE event.tenant_id = "order".tenant_id AND event.order_id = "order".id AND event.actor <> "order".placed_by
        AND (event.kind = 'ORDER_UPDATED' OR event.trigger = 'SUBMIT')
) WHERE status IN ('DRAFT', 'PENDING_APPROVAL') AND EXISTS (
    SELECT 1 FROM event
    WHERE event.tenant_id = "order".tenant_id AND event.order_id = "order".id AND event.actor <> "order".placed_by
        AND (event.kind = 'ORDER_UPDATED' OR event.trigger = 'SUBMIT')
);
"#;

const DOWN: &str = r#"

ALTER TABLE event DROP COLUMN actor_partner_id;
ALTER TABLE approval DROP COLUMN external_reference;
ALTER TABLE "order" DROP COLUMN placed_by_partner_id;
ALTER TABLE "order" DROP COLUMN co_authors;
"#;
