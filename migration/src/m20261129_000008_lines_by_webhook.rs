//! Products whose order lines are carried out by a webhook: which endpoint it is, what each attempt waits for, and which
//! line a message was about.

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

ALTER TABLE webhook_endpoint ADD COLUMN purpose TEXT NOT NULL DEFAULT 'EVENTS';
CREATE INDEX webhook_endpoint_for_lines ON webhook_endpoint (id)
    WHERE status = 'ENABLED' AND purpose = 'PROVISIONING';

-- No foreign key, which SQLite cannot add to a table: an endpoint that a product names is not deleted.
ALTER TABLE product ADD COLUMN provisioning_endpoint_id {uuid};
ALTER TABLE product ADD COLUMN answer_within_minutes INTEGER;
CREATE INDEX product_by_provisioning_endpoint ON product (tenant_id, provisioning_endpoint_id)
    WHERE provisioning_endpoint_id IS NOT NULL;

-- No foreign keys: what was tried is known for longer than where it was posted.
ALTER TABLE order_line_attempt ADD COLUMN webhook_endpoint_id {uuid};
ALTER TABLE order_line_attempt ADD COLUMN answer_within_minutes INTEGER;
ALTER TABLE order_line_attempt ADD COLUMN message_id {uuid};
ALTER TABLE order_line_attempt ADD COLUMN post_at {time};
ALTER TABLE order_line_attempt ADD COLUMN answer_by {time};
ALTER TABLE order_line_attempt ADD COLUMN accepted_at {time};
ALTER TABLE order_line_attempt ADD COLUMN posts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE order_line_attempt ADD COLUMN status_code INTEGER;
ALTER TABLE order_line_attempt ADD COLUMN error TEXT;
CREATE INDEX order_line_attempt_to_post ON order_line_attempt (tenant_id, webhook_endpoint_id, post_at, id)
    WHERE post_at IS NOT NULL;

-- Those that wait for a vendor's answer, by when they no longer do.
CREATE INDEX order_line_to_answer ON order_line (tenant_id, next_try_at, id)
    WHERE status = 'IN_PROGRESS' AND provisioning = 'WEBHOOK';

ALTER TABLE webhook_delivery ADD COLUMN order_line_id {uuid};
";

const DOWN: &str = "

ALTER TABLE webhook_delivery DROP COLUMN order_line_id;
DROP INDEX order_line_to_answer;
DROP INDEX order_line_attempt_to_post;
ALTER TABLE order_line_attempt DROP COLUMN error;
ALTER TABLE order_line_attempt DROP COLUMN status_code;
ALTER TABLE order_line_attempt DROP COLUMN posts;
ALTER TABLE order_line_attempt DROP COLUMN accepted_at;
ALTER TABLE order_line_attempt DROP COLUMN answer_by;
ALTER TABLE order_line_attempt DROP COLUMN post_at;
ALTER TABLE order_line_attempt DROP COLUMN message_id;
ALTER TABLE order_line_attempt DROP COLUMN answer_within_minutes;
ALTER TABLE order_line_attempt DROP COLUMN webhook_endpoint_id;
DROP INDEX product_by_provisioning_endpoint;
ALTER TABLE product DROP COLUMN answer_within_minutes;
ALTER TABLE product DROP COLUMN provisioning_endpoint_id;
DROP INDEX webhook_endpoint_for_lines;
ALTER TABLE webhook_endpoint DROP COLUMN purpose;
";
