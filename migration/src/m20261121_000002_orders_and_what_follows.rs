//! Orders and their lines, approvals, subscriptions, licenses and invoices.

use sea_orm_migration::prelude::*;

use crate::dialect::{drop_tables, run};

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
        drop_tables(
            manager,
            &[
                "search_term",
                "idempotency_key",
                "invoice_line",
                "invoice",
                "license",
                "subscription_period",
                "order_line",
                "subscription",
                "approval",
                "order",
            ],
        )
        .await
    }
}

const UP: &str = r#"

CREATE TABLE "order" (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    number TEXT NOT NULL,
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    agreement_id {uuid},
    status TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    reference TEXT,
    po_number TEXT,
    external_reference TEXT,
    start_at {time},
    placed_by TEXT NOT NULL,
    net_amount BIGINT NOT NULL,
    tax_amount BIGINT NOT NULL,
    gross_amount BIGINT NOT NULL CHECK (gross_amount = net_amount + tax_amount),
    reason TEXT,
    submitted_at {time},
    approved_at {time},
    ended_at {time},
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, id)
);
CREATE INDEX order_by_creation ON "order" (tenant_id, created_at, id);
CREATE INDEX order_by_update ON "order" (tenant_id, updated_at, id);
CREATE INDEX order_by_status ON "order" (tenant_id, status, created_at, id);
CREATE INDEX order_by_status_update ON "order" (tenant_id, status, updated_at, id);
CREATE INDEX order_by_customer ON "order" (tenant_id, customer_id, created_at, id);
CREATE INDEX order_by_partner ON "order" (tenant_id, partner_id, created_at, id);
CREATE INDEX order_by_partner_status ON "order" (tenant_id, partner_id, status, created_at, id);
CREATE INDEX order_by_agreement ON "order" (tenant_id, agreement_id, created_at, id);
CREATE INDEX order_by_reference ON "order" (tenant_id, reference, created_at, id);
CREATE INDEX order_by_po_number ON "order" (tenant_id, po_number, created_at, id);
CREATE INDEX order_waiting_to_start ON "order" (start_at, id) WHERE status = 'APPROVED';
-- For what waits since some time only: where a list of waiting orders could use it as well, SQLite takes every other index
-- for as good as this small one, and may walk through all orders of a partner.
CREATE INDEX order_waiting_for_approval ON "order" (tenant_id, submitted_at, id)
    WHERE status = 'PENDING_APPROVAL' AND submitted_at IS NOT NULL;

CREATE TABLE approval (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    order_id {uuid} NOT NULL,
    partner_id {uuid},
    level INTEGER NOT NULL,
    decision TEXT NOT NULL,
    decided_by TEXT,
    reason TEXT,
    decided_at {time},
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, order_id, level),
    FOREIGN KEY (tenant_id, order_id) REFERENCES "order" (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX approval_by_partner ON approval (tenant_id, partner_id);

CREATE TABLE subscription (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    number TEXT NOT NULL,
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    product_id {uuid} NOT NULL,
    offer_id {uuid} NOT NULL,
    agreement_id {uuid},
    order_id {uuid} NOT NULL,
    status TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    unit_amount BIGINT NOT NULL,
    tax_basis_points INTEGER NOT NULL,
    po_number TEXT,
    external_reference TEXT,
    reason TEXT,
    activated_at {time},
    ended_at {time},
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES "order" (tenant_id, id)
);
CREATE INDEX subscription_by_creation ON subscription (tenant_id, created_at, id);
CREATE INDEX subscription_by_update ON subscription (tenant_id, updated_at, id);
CREATE INDEX subscription_by_status ON subscription (tenant_id, status, created_at, id);
CREATE INDEX subscription_by_customer ON subscription (tenant_id, customer_id, created_at, id);
CREATE INDEX subscription_by_partner ON subscription (tenant_id, partner_id, created_at, id);
CREATE INDEX subscription_by_product ON subscription (tenant_id, product_id, created_at, id);
CREATE INDEX subscription_by_offer ON subscription (tenant_id, offer_id, created_at, id);
CREATE INDEX subscription_by_agreement ON subscription (tenant_id, agreement_id, created_at, id);
CREATE INDEX subscription_by_order ON subscription (tenant_id, order_id);

CREATE TABLE order_line (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    order_id {uuid} NOT NULL,
    order_created_at {time} NOT NULL,
    line_number INTEGER NOT NULL,
    client_line_id TEXT,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    product_id {uuid} NOT NULL,
    offer_id {uuid} NOT NULL,
    subscription_id {uuid},
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    previous_quantity INTEGER,
    po_number TEXT,
    unit_amount BIGINT NOT NULL,
    tax_basis_points INTEGER NOT NULL,
    net_amount BIGINT NOT NULL,
    provisioning TEXT NOT NULL,
    provisioning_reference TEXT,
    hold_reason TEXT,
    failure_reason TEXT,
    attempts INTEGER NOT NULL,
    started_at {time},
    ended_at {time},
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, order_id, line_number),
    UNIQUE (tenant_id, order_id, client_line_id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES "order" (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    CHECK (action = 'BUY' OR subscription_id IS NOT NULL)
);
-- A purchase creates one subscription at most, however often its line is carried out.
CREATE UNIQUE INDEX order_line_buys_subscription ON order_line (tenant_id, subscription_id) WHERE action = 'BUY';
CREATE INDEX order_line_by_subscription ON order_line (tenant_id, subscription_id, order_id);
CREATE INDEX order_line_by_offer ON order_line (tenant_id, offer_id, order_created_at, order_id);
CREATE INDEX order_line_by_product ON order_line (tenant_id, product_id, order_created_at, order_id);
-- The work queue of instant provisioning.
CREATE INDEX order_line_waiting ON order_line (id) WHERE status = 'IN_PROGRESS' AND provisioning = 'INSTANT';

CREATE TABLE subscription_period (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    subscription_id {uuid} NOT NULL,
    period_number INTEGER NOT NULL,
    starts_at {time} NOT NULL,
    ends_at {time},
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    unit_amount BIGINT NOT NULL,
    order_line_id {uuid},
    UNIQUE (tenant_id, subscription_id, period_number),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_line (tenant_id, id),
    CHECK (ends_at > starts_at)
);

CREATE TABLE license (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    license_key TEXT NOT NULL,
    legacy_license_key TEXT,
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    product_id {uuid} NOT NULL,
    edition_id {uuid} NOT NULL,
    subscription_id {uuid},
    order_id {uuid},
    status TEXT NOT NULL,
    user_limit INTEGER NOT NULL CHECK (user_limit > 0),
    external_reference TEXT,
    starts_at {time} NOT NULL,
    expires_at {time},
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, license_key),
    UNIQUE (tenant_id, product_id, legacy_license_key),
    UNIQUE (tenant_id, subscription_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, edition_id) REFERENCES edition (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES "order" (tenant_id, id)
);
CREATE INDEX license_by_creation ON license (tenant_id, created_at, id);
CREATE INDEX license_by_update ON license (tenant_id, updated_at, id);
CREATE INDEX license_by_status ON license (tenant_id, status, created_at, id);
CREATE INDEX license_by_customer ON license (tenant_id, customer_id, created_at, id);
CREATE INDEX license_by_partner ON license (tenant_id, partner_id, created_at, id);
CREATE INDEX license_by_product ON license (tenant_id, product_id, created_at, id);
CREATE INDEX license_by_edition ON license (tenant_id, edition_id, created_at, id);
CREATE INDEX license_by_order ON license (tenant_id, order_id);

CREATE TABLE invoice (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    number TEXT,
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    agreement_id {uuid},
    status TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    net_amount BIGINT NOT NULL,
    tax_amount BIGINT NOT NULL,
    gross_amount BIGINT NOT NULL CHECK (gross_amount = net_amount + tax_amount),
    issued_at {time},
    due_on DATE,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, id),
    CHECK ((status = 'ISSUED') = (number IS NOT NULL AND issued_at IS NOT NULL AND due_on IS NOT NULL))
);
-- One draft per customer, currency and agreement; an invoice may have no agreement.
CREATE UNIQUE INDEX invoice_draft_with_agreement ON invoice (tenant_id, customer_id, currency, agreement_id)
    WHERE status = 'DRAFT' AND agreement_id IS NOT NULL;
CREATE UNIQUE INDEX invoice_draft_without_agreement ON invoice (tenant_id, customer_id, currency)
    WHERE status = 'DRAFT' AND agreement_id IS NULL;
CREATE INDEX invoice_by_creation ON invoice (tenant_id, created_at, id);
CREATE INDEX invoice_by_update ON invoice (tenant_id, updated_at, id);
CREATE INDEX invoice_by_status ON invoice (tenant_id, status, created_at, id);
CREATE INDEX invoice_by_customer ON invoice (tenant_id, customer_id, created_at, id);
CREATE INDEX invoice_by_partner ON invoice (tenant_id, partner_id, created_at, id);
CREATE INDEX invoice_by_agreement ON invoice (tenant_id, agreement_id, created_at, id);

CREATE TABLE invoice_line (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    invoice_id {uuid} NOT NULL,
    line_number INTEGER NOT NULL,
    subscription_id {uuid} NOT NULL,
    order_line_id {uuid},
    charge_type TEXT NOT NULL,
    description TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_amount BIGINT NOT NULL,
    tax_basis_points INTEGER NOT NULL,
    net_amount BIGINT NOT NULL,
    po_number TEXT,
    external_reference TEXT,
    period_starts_at {time},
    period_ends_at {time},
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, invoice_id, line_number),
    UNIQUE (tenant_id, order_line_id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_line (tenant_id, id)
);
CREATE INDEX invoice_line_by_subscription ON invoice_line (tenant_id, subscription_id, created_at, id);

CREATE TABLE idempotency_key (
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    principal TEXT NOT NULL,
    key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint TEXT NOT NULL,
    outcome {json},
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL,
    PRIMARY KEY (tenant_id, principal, key)
);
CREATE INDEX idempotency_key_by_expiry ON idempotency_key (expires_at);

CREATE TABLE search_term (
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    kind TEXT NOT NULL,
    -- Compared byte by byte, so that a range of words is those with a common beginning.
    word TEXT {bytewise} NOT NULL,
    subject_id {uuid} NOT NULL,
    PRIMARY KEY (tenant_id, kind, word, subject_id)
);
CREATE INDEX search_term_by_subject ON search_term (tenant_id, kind, subject_id, word);
"#;
