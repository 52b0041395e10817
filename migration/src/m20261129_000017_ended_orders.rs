//! Documents that an order has to itself, and lines that are cancelled after they were carried out.

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
        run(manager, UP).await?;
        run(manager, &drafts("AND order_id IS NULL")).await
    }

    // Refused while drafts of two orders of one customer wait: issue them first.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &drafts("")).await?;
        run(manager, DOWN).await
    }
}

const UP: &str = "
ALTER TABLE tenant ADD COLUMN invoice_per_order BOOLEAN NOT NULL DEFAULT FALSE;
-- No foreign keys, which SQLite cannot add to a table: an order that was submitted is not deleted, nor are its lines.
ALTER TABLE invoice ADD COLUMN order_id {uuid};
CREATE UNIQUE INDEX invoice_draft_of_order ON invoice (tenant_id, order_id)
    WHERE status = 'DRAFT' AND order_id IS NOT NULL;
CREATE INDEX invoice_by_order ON invoice (tenant_id, order_id, created_at, id) WHERE order_id IS NOT NULL;
ALTER TABLE tenant ADD COLUMN line_cancellation_days INTEGER NOT NULL DEFAULT 0
    CHECK (line_cancellation_days BETWEEN 0 AND 90);
ALTER TABLE order_line ADD COLUMN cancels_line_id {uuid};
ALTER TABLE order_line ADD COLUMN cancellable_until {time};
CREATE INDEX order_line_that_cancels ON order_line (tenant_id, cancels_line_id, order_created_at, id)
    WHERE cancels_line_id IS NOT NULL;
ALTER TABLE subscription_change ADD COLUMN undoes BOOLEAN NOT NULL DEFAULT FALSE;
";

const DOWN: &str = "
ALTER TABLE subscription_change DROP COLUMN undoes;
DROP INDEX order_line_that_cancels;
ALTER TABLE order_line DROP COLUMN cancellable_until;
ALTER TABLE order_line DROP COLUMN cancels_line_id;
ALTER TABLE tenant DROP COLUMN line_cancellation_days;
DROP INDEX invoice_by_order;
DROP INDEX invoice_draft_of_order;
ALTER TABLE invoice DROP COLUMN order_id;
ALTER TABLE tenant DROP COLUMN invoice_per_order;
";

/// One draft on which a customer's charges collect for each day on which it closes. Those that orders have to themselves
/// close on none.
fn drafts(only: &str) -> String {
    let draft = "status = 'DRAFT' AND credit_reason IS NULL";
    let terms = "kind, tax_inclusive, closes_on";
    format!(
        "
DROP INDEX invoice_draft_of_partner_with_agreement;
DROP INDEX invoice_draft_of_partner_without_agreement;
DROP INDEX invoice_draft_of_seller_with_agreement;
DROP INDEX invoice_draft_of_seller_without_agreement;
CREATE UNIQUE INDEX invoice_draft_of_partner_with_agreement
    ON invoice (tenant_id, customer_id, currency, partner_id, agreement_id, {terms})
    WHERE {draft} AND partner_id IS NOT NULL AND agreement_id IS NOT NULL {only};
CREATE UNIQUE INDEX invoice_draft_of_partner_without_agreement
    ON invoice (tenant_id, customer_id, currency, partner_id, {terms})
    WHERE {draft} AND partner_id IS NOT NULL AND agreement_id IS NULL {only};
CREATE UNIQUE INDEX invoice_draft_of_seller_with_agreement
    ON invoice (tenant_id, customer_id, currency, agreement_id, {terms})
    WHERE {draft} AND partner_id IS NULL AND agreement_id IS NOT NULL {only};
CREATE UNIQUE INDEX invoice_draft_of_seller_without_agreement
    ON invoice (tenant_id, customer_id, currency, {terms})
    WHERE {draft} AND partner_id IS NULL AND agreement_id IS NULL {only};
"
    )
}
