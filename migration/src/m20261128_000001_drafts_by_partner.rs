//! What each partner sells is charged on a draft of its own.

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

// The old indexes allowed one draft for all partners. Without them more is allowed, and nothing less: what a node of the
// release before writes still fits.
const UP: &str = r"

DROP INDEX invoice_draft_with_agreement;
DROP INDEX invoice_draft_without_agreement;

-- One draft per customer, partner, currency and agreement; an invoice may have no partner and no agreement.
CREATE UNIQUE INDEX invoice_draft_of_partner_with_agreement
    ON invoice (tenant_id, customer_id, currency, partner_id, agreement_id)
    WHERE status = 'DRAFT' AND partner_id IS NOT NULL AND agreement_id IS NOT NULL;
CREATE UNIQUE INDEX invoice_draft_of_partner_without_agreement
    ON invoice (tenant_id, customer_id, currency, partner_id)
    WHERE status = 'DRAFT' AND partner_id IS NOT NULL AND agreement_id IS NULL;
CREATE UNIQUE INDEX invoice_draft_of_seller_with_agreement
    ON invoice (tenant_id, customer_id, currency, agreement_id)
    WHERE status = 'DRAFT' AND partner_id IS NULL AND agreement_id IS NOT NULL;
CREATE UNIQUE INDEX invoice_draft_of_seller_without_agreement
    ON invoice (tenant_id, customer_id, currency)
    WHERE status = 'DRAFT' AND partner_id IS NULL AND agreement_id IS NULL;
";

const DOWN: &str = r"

DROP INDEX invoice_draft_of_partner_with_agreement;
DROP INDEX invoice_draft_of_partner_without_agreement;
DROP INDEX invoice_draft_of_seller_with_agreement;
DROP INDEX invoice_draft_of_seller_without_agreement;

CREATE UNIQUE INDEX invoice_draft_with_agreement ON invoice (tenant_id, customer_id, currency, agreement_id)
    WHERE status = 'DRAFT' AND agreement_id IS NOT NULL;
CREATE UNIQUE INDEX invoice_draft_without_agreement ON invoice (tenant_id, customer_id, currency)
    WHERE status = 'DRAFT' AND agreement_id IS NULL;
";
