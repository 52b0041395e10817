//! Billing over time: what a seller sets, what was sold, changes and their dates, charges with a natural key, parties and
//! taxes of documents, payments, runs.
//!
//! Invoices and their lines have constraints that SQLite can loosen only by writing their tables anew.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::dialect::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, COLUMNS).await?;
        run(manager, DATES).await?;
        match manager.get_database_backend() {
            DatabaseBackend::Postgres => run(manager, &loosened()).await?,
            DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => run(manager, &anew()).await?,
        }
        run(manager, INVOICE_INDEXES).await?;
        run(manager, TABLES).await
    }
}

// What was there keeps the rounding that it was made with; who comes new gets the default of now.
const COLUMNS: &str = r#"

ALTER TABLE tenant ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE tenant ADD COLUMN rounding_mode TEXT NOT NULL DEFAULT 'HALF_EVEN';
ALTER TABLE tenant ADD COLUMN proration_policy {json};
ALTER TABLE tenant ADD COLUMN cancellation_day TEXT NOT NULL DEFAULT 'CREDITED';
ALTER TABLE tenant ADD COLUMN suspension_billing TEXT NOT NULL DEFAULT 'CONTINUES';
ALTER TABLE tenant ADD COLUMN credit_by TEXT NOT NULL DEFAULT 'CORRECTION_LINE';
ALTER TABLE tenant ADD COLUMN invoice_lead_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenant ADD COLUMN past_start_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenant ADD COLUMN draft_grace_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenant ADD COLUMN payment_tolerance BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tenant ADD COLUMN invoice_prefix TEXT NOT NULL DEFAULT 'INV-';
ALTER TABLE tenant ADD COLUMN credit_note_prefix TEXT NOT NULL DEFAULT 'CN-';
ALTER TABLE tenant ADD COLUMN number_width INTEGER NOT NULL DEFAULT 6;
ALTER TABLE tenant ADD COLUMN next_credit_note_number BIGINT NOT NULL DEFAULT 1;
ALTER TABLE tenant ADD COLUMN legal_name TEXT;
ALTER TABLE tenant ADD COLUMN street TEXT;
ALTER TABLE tenant ADD COLUMN postal_code TEXT;
ALTER TABLE tenant ADD COLUMN city TEXT;
ALTER TABLE tenant ADD COLUMN country TEXT;
ALTER TABLE tenant ADD COLUMN tax_number TEXT;
ALTER TABLE tenant ADD COLUMN registration_number TEXT;
ALTER TABLE tenant ADD COLUMN email TEXT;
ALTER TABLE tenant ADD COLUMN payment_instructions TEXT;

ALTER TABLE partner ADD COLUMN email TEXT;
ALTER TABLE partner ADD COLUMN street TEXT;
ALTER TABLE partner ADD COLUMN postal_code TEXT;
ALTER TABLE partner ADD COLUMN city TEXT;
ALTER TABLE partner ADD COLUMN country TEXT;
ALTER TABLE partner ADD COLUMN tax_number TEXT;

ALTER TABLE customer ADD COLUMN tax_number TEXT;
ALTER TABLE customer ADD COLUMN tax_treatment TEXT NOT NULL DEFAULT 'STANDARD';
ALTER TABLE customer ADD COLUMN tax_exemption_reason TEXT;

ALTER TABLE offer ADD COLUMN billing_timing TEXT NOT NULL DEFAULT 'IN_ADVANCE';
ALTER TABLE offer ADD COLUMN billing_alignment TEXT NOT NULL DEFAULT 'ANNIVERSARY';
ALTER TABLE offer ADD COLUMN proration_policy {json};
ALTER TABLE offer ADD COLUMN refund_window_hours INTEGER;

CREATE TABLE tax_code (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, code)
);
CREATE INDEX tax_code_by_creation ON tax_code (tenant_id, created_at, id);

CREATE TABLE tax_rate (
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    tax_code_id {uuid} NOT NULL,
    valid_from DATE NOT NULL,
    basis_points INTEGER NOT NULL CHECK (basis_points >= 0),
    PRIMARY KEY (tenant_id, tax_code_id, valid_from),
    FOREIGN KEY (tenant_id, tax_code_id) REFERENCES tax_code (tenant_id, id)
);

-- No foreign key: SQLite adds no column with one of two columns to a table that is there.
ALTER TABLE price ADD COLUMN tax_code_id {uuid};
ALTER TABLE price ADD COLUMN tax_inclusive BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE "order" ADD COLUMN rounding_mode TEXT NOT NULL DEFAULT 'HALF_EVEN';
ALTER TABLE "order" ADD COLUMN tax_inclusive BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE order_line ADD COLUMN tax_category TEXT NOT NULL DEFAULT 'STANDARD';
ALTER TABLE order_line ADD COLUMN plan_instance {json};
ALTER TABLE order_line ADD COLUMN starts_on DATE;
ALTER TABLE order_line ADD COLUMN change_time TEXT NOT NULL DEFAULT 'NOW';
ALTER TABLE order_line ADD COLUMN change_on DATE;
ALTER TABLE order_line ADD COLUMN previous_offer_id {uuid};
ALTER TABLE order_line ADD COLUMN keep_anchor BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE order_line ADD COLUMN auto_renew BOOLEAN;
ALTER TABLE order_line ADD COLUMN pending_cancellation TEXT;
ALTER TABLE order_line ADD COLUMN charges {json};

ALTER TABLE subscription ADD COLUMN auto_renew BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE subscription ADD COLUMN plan_instance {json};
ALTER TABLE subscription ADD COLUMN first_day DATE;
ALTER TABLE subscription ADD COLUMN first_quantity INTEGER;
ALTER TABLE subscription ADD COLUMN anchor_day INTEGER;
ALTER TABLE subscription ADD COLUMN next_billing_at {time};
ALTER TABLE subscription ADD COLUMN ends_on DATE;
ALTER TABLE subscription ADD COLUMN billing_hold_reason TEXT;
ALTER TABLE subscription ADD COLUMN billing_held_since {time};
CREATE INDEX subscription_by_next_billing ON subscription (tenant_id, next_billing_at, id)
    WHERE next_billing_at IS NOT NULL AND billing_hold_reason IS NULL;
CREATE INDEX subscription_on_billing_hold ON subscription (tenant_id, billing_held_since, id)
    WHERE billing_hold_reason IS NOT NULL;

ALTER TABLE billing_period ADD COLUMN starts_on DATE;
ALTER TABLE billing_period ADD COLUMN ends_on DATE;
"#;

// Until now every day was one of UTC. What was sold before goes on from its last period, with what it has now.
const DATES: &str = r"
UPDATE billing_period SET starts_on = DATE(starts_at), ends_on = DATE(ends_at);

UPDATE subscription SET
    first_quantity = quantity,
    first_day = (SELECT MAX(period.starts_on) FROM billing_period AS period
        WHERE period.tenant_id = subscription.tenant_id AND period.subscription_id = subscription.id),
    next_billing_at = (SELECT MAX(period.ends_at) FROM billing_period AS period
        WHERE period.tenant_id = subscription.tenant_id AND period.subscription_id = subscription.id)
WHERE status IN ('ACTIVE', 'SUSPENDED');
";

/// What both tables get on PostgreSQL, where constraints go by their names.
fn loosened() -> String {
    let invoice: String = INVOICE_COLUMNS
        .map(|column| format!("ALTER TABLE invoice ADD COLUMN {column};\n"))
        .concat();
    let line: String = LINE_COLUMNS
        .map(|column| format!("ALTER TABLE invoice_line ADD COLUMN {column};\n"))
        .concat();
    format!(
        "{invoice}{line}
ALTER TABLE invoice DROP CONSTRAINT invoice_check1;
ALTER TABLE invoice ADD CHECK ({NUMBERED});
ALTER TABLE invoice_line ALTER COLUMN subscription_id DROP NOT NULL;
ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_tenant_id_order_line_id_key;
ALTER TABLE invoice_line ADD CHECK ({CREDITED});
ALTER TABLE invoice_line ADD UNIQUE (tenant_id, id);
DROP INDEX invoice_draft_of_partner_with_agreement;
DROP INDEX invoice_draft_of_partner_without_agreement;
DROP INDEX invoice_draft_of_seller_with_agreement;
DROP INDEX invoice_draft_of_seller_without_agreement;
DROP INDEX invoice_by_creation;
DROP INDEX invoice_by_update;
DROP INDEX invoice_by_status;
DROP INDEX invoice_by_customer;
DROP INDEX invoice_by_partner;
DROP INDEX invoice_by_agreement;
DROP INDEX invoice_line_by_subscription;
"
    )
}

const NUMBERED: &str = "(status = 'DRAFT') = (number IS NULL) AND (status = 'DRAFT') = (issued_at IS NULL) \
     AND (status = 'DRAFT') = (due_on IS NULL)";

/// What was taken back of a line is never more than the line, and never of the other sign.
const CREDITED: &str = "CASE WHEN net_amount < 0 THEN credited_amount BETWEEN net_amount AND 0 \
     ELSE credited_amount BETWEEN 0 AND net_amount END";

const INVOICE_COLUMNS: [&str; 15] = [
    "kind TEXT NOT NULL DEFAULT 'INVOICE'",
    // A draft of a node of the release before closes by hand only.
    "closes_on DATE NOT NULL DEFAULT '9999-12-31'",
    "issued_on DATE",
    "rounding_mode TEXT NOT NULL DEFAULT 'HALF_EVEN'",
    "time_zone TEXT NOT NULL DEFAULT 'UTC'",
    "tax_inclusive BOOLEAN NOT NULL DEFAULT FALSE",
    "seller {json}",
    "buyer {json}",
    "corrects_invoice_id {uuid}",
    "credit_reason TEXT",
    "note TEXT",
    "paid_amount BIGINT NOT NULL DEFAULT 0",
    "open_amount BIGINT NOT NULL DEFAULT 0",
    "settled_at {time}",
    "overdue_since DATE",
];

const LINE_COLUMNS: [&str; 16] = [
    "component_id {uuid}",
    "tax_category TEXT NOT NULL DEFAULT 'STANDARD'",
    "tax_code_id {uuid}",
    "billed_quantity INTEGER",
    "discount_amount BIGINT NOT NULL DEFAULT 0",
    "starts_on DATE",
    "ends_on DATE",
    "share_days INTEGER",
    "share_of_days INTEGER",
    // What tells a charge from all others of its subscription; empty: it was written by hand, or before there were keys.
    "cause TEXT NOT NULL DEFAULT ''",
    "direction TEXT NOT NULL DEFAULT 'CHARGE'",
    "rounding_mode TEXT NOT NULL DEFAULT 'HALF_EVEN'",
    "issued_on DATE",
    "due_on DATE",
    "credited_amount BIGINT NOT NULL DEFAULT 0",
    "credited_by_hand BIGINT NOT NULL DEFAULT 0",
];

/// The two tables with their new columns, without what they no longer hold, and with the same rows.
fn anew() -> String {
    let invoice_columns = INVOICE_COLUMNS.map(|column| format!("    {column},\n")).concat();
    let line_columns = LINE_COLUMNS.map(|column| format!("    {column},\n")).concat();
    format!(
        "
CREATE TABLE invoice_anew (
    id {{uuid}} PRIMARY KEY,
    tenant_id {{uuid}} NOT NULL REFERENCES tenant (id),
    number TEXT,
    customer_id {{uuid}} NOT NULL,
    partner_id {{uuid}},
    agreement_id {{uuid}},
    status TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    net_amount BIGINT NOT NULL,
    tax_amount BIGINT NOT NULL,
    gross_amount BIGINT NOT NULL CHECK (gross_amount = net_amount + tax_amount),
    issued_at {{time}},
    due_on DATE,
    version BIGINT NOT NULL,
    created_at {{time}} NOT NULL,
    updated_at {{time}} NOT NULL,
{invoice_columns}    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, id),
    CHECK ({NUMBERED})
);
INSERT INTO invoice_anew ({INVOICE_BEFORE}) SELECT {INVOICE_BEFORE} FROM invoice;

CREATE TABLE invoice_line_anew (
    id {{uuid}} PRIMARY KEY,
    tenant_id {{uuid}} NOT NULL REFERENCES tenant (id),
    invoice_id {{uuid}} NOT NULL,
    line_number INTEGER NOT NULL,
    subscription_id {{uuid}},
    order_line_id {{uuid}},
    charge_type TEXT NOT NULL,
    description TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_amount BIGINT NOT NULL,
    tax_basis_points INTEGER NOT NULL,
    net_amount BIGINT NOT NULL,
    po_number TEXT,
    external_reference TEXT,
    period_starts_at {{time}},
    period_ends_at {{time}},
    created_at {{time}} NOT NULL,
{line_columns}    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, invoice_id, line_number),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice_anew (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_line (tenant_id, id),
    CHECK ({CREDITED})
);
INSERT INTO invoice_line_anew ({LINE_BEFORE}) SELECT {LINE_BEFORE} FROM invoice_line;

DROP TABLE invoice_line;
DROP TABLE invoice;
ALTER TABLE invoice_anew RENAME TO invoice;
ALTER TABLE invoice_line_anew RENAME TO invoice_line;
"
    )
}

const INVOICE_BEFORE: &str = "id, tenant_id, number, customer_id, partner_id, agreement_id, status, currency, net_amount, \
     tax_amount, gross_amount, issued_at, due_on, version, created_at, updated_at";

const LINE_BEFORE: &str = "id, tenant_id, invoice_id, line_number, subscription_id, order_line_id, charge_type, \
     description, quantity, unit_amount, tax_basis_points, net_amount, po_number, external_reference, period_starts_at, \
     period_ends_at, created_at";

const INVOICE_INDEXES: &str = r"

-- The first fee of each subscription that goes on is the one of its period.
UPDATE invoice_line SET cause = 'PERIOD-1', billed_quantity = quantity,
    component_id = (SELECT subscription.offer_id FROM subscription
        WHERE subscription.tenant_id = invoice_line.tenant_id AND subscription.id = invoice_line.subscription_id),
    starts_on = DATE(period_starts_at), ends_on = DATE(period_ends_at), issued_on = DATE(period_starts_at),
    due_on = DATE(period_starts_at), share_days = 1, share_of_days = 1
WHERE charge_type = 'CYCLE_FEE' AND period_starts_at IS NOT NULL AND id = (
    SELECT fee.id FROM invoice_line AS fee
    WHERE fee.tenant_id = invoice_line.tenant_id AND fee.subscription_id = invoice_line.subscription_id
        AND fee.charge_type = 'CYCLE_FEE'
    ORDER BY fee.created_at, fee.id LIMIT 1);

UPDATE invoice SET issued_on = DATE(issued_at), open_amount = gross_amount WHERE status <> 'DRAFT';

-- One draft of a kind per customer, partner, currency, agreement and day on which it closes; an invoice may have no partner
-- and no agreement.
CREATE UNIQUE INDEX invoice_draft_of_partner_with_agreement
    ON invoice (tenant_id, customer_id, currency, partner_id, agreement_id, kind, tax_inclusive, closes_on)
    WHERE status = 'DRAFT' AND credit_reason IS NULL AND partner_id IS NOT NULL AND agreement_id IS NOT NULL;
CREATE UNIQUE INDEX invoice_draft_of_partner_without_agreement
    ON invoice (tenant_id, customer_id, currency, partner_id, kind, tax_inclusive, closes_on)
    WHERE status = 'DRAFT' AND credit_reason IS NULL AND partner_id IS NOT NULL AND agreement_id IS NULL;
CREATE UNIQUE INDEX invoice_draft_of_seller_with_agreement
    ON invoice (tenant_id, customer_id, currency, agreement_id, kind, tax_inclusive, closes_on)
    WHERE status = 'DRAFT' AND credit_reason IS NULL AND partner_id IS NULL AND agreement_id IS NOT NULL;
CREATE UNIQUE INDEX invoice_draft_of_seller_without_agreement
    ON invoice (tenant_id, customer_id, currency, kind, tax_inclusive, closes_on)
    WHERE status = 'DRAFT' AND credit_reason IS NULL AND partner_id IS NULL AND agreement_id IS NULL;
CREATE INDEX invoice_draft_by_closing ON invoice (tenant_id, closes_on, id) WHERE status = 'DRAFT';
CREATE INDEX invoice_by_due_day ON invoice (tenant_id, due_on, id) WHERE status = 'ISSUED';
CREATE INDEX invoice_to_tell_overdue ON invoice (tenant_id, due_on, id)
    WHERE status = 'ISSUED' AND kind = 'INVOICE' AND overdue_since IS NULL;
CREATE INDEX invoice_by_creation ON invoice (tenant_id, created_at, id);
CREATE INDEX invoice_by_update ON invoice (tenant_id, updated_at, id);
CREATE INDEX invoice_by_status ON invoice (tenant_id, status, created_at, id);
CREATE INDEX invoice_by_kind ON invoice (tenant_id, kind, created_at, id);
CREATE INDEX invoice_by_issue ON invoice (tenant_id, kind, issued_on, id);
CREATE INDEX invoice_by_customer ON invoice (tenant_id, customer_id, created_at, id);
CREATE INDEX invoice_by_partner ON invoice (tenant_id, partner_id, created_at, id);
CREATE INDEX invoice_by_agreement ON invoice (tenant_id, agreement_id, created_at, id);
CREATE INDEX invoice_by_corrected ON invoice (tenant_id, corrects_invoice_id) WHERE corrects_invoice_id IS NOT NULL;
CREATE INDEX invoice_line_by_subscription ON invoice_line (tenant_id, subscription_id, created_at, id);
CREATE UNIQUE INDEX invoice_line_by_charge
    ON invoice_line (tenant_id, subscription_id, component_id, charge_type, starts_on, cause, direction)
    WHERE cause <> '';
";

const TABLES: &str = r"

CREATE TABLE line_correction (
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    line_id {uuid} NOT NULL,
    corrects_line_id {uuid} NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (tenant_id, line_id, corrects_line_id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES invoice_line (tenant_id, id),
    FOREIGN KEY (tenant_id, corrects_line_id) REFERENCES invoice_line (tenant_id, id)
);
CREATE INDEX line_correction_by_corrected ON line_correction (tenant_id, corrects_line_id);

CREATE TABLE invoice_tax (
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    invoice_id {uuid} NOT NULL,
    category TEXT NOT NULL,
    basis_points INTEGER NOT NULL,
    net_amount BIGINT NOT NULL,
    tax_amount BIGINT NOT NULL,
    exemption_reason TEXT,
    credited_amount BIGINT NOT NULL DEFAULT 0,
    credited_tax BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, invoice_id, category, basis_points),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    CHECK (CASE WHEN tax_amount < 0 THEN credited_tax BETWEEN tax_amount AND 0
        ELSE credited_tax BETWEEN 0 AND tax_amount END)
);

CREATE TABLE subscription_change (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    subscription_id {uuid} NOT NULL,
    change_number INTEGER NOT NULL,
    order_line_id {uuid},
    kind TEXT NOT NULL,
    change_time TEXT NOT NULL,
    status TEXT NOT NULL,
    takes_effect_on DATE NOT NULL,
    opens_day BOOLEAN NOT NULL,
    registered_on DATE NOT NULL,
    executed_at {time},
    rounding_mode TEXT NOT NULL,
    quantity INTEGER CHECK (quantity > 0),
    offer_id {uuid},
    plan_instance {json},
    keep_anchor BOOLEAN NOT NULL DEFAULT FALSE,
    paid BOOLEAN NOT NULL DEFAULT FALSE,
    auto_renew BOOLEAN,
    failure_reason TEXT,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_line (tenant_id, id)
);
-- At most one of each kind and time waits; quantity and offer are one kind.
CREATE UNIQUE INDEX subscription_change_pending
    ON subscription_change (tenant_id, subscription_id, kind, change_time) WHERE status = 'PENDING';
CREATE INDEX subscription_change_by_subscription
    ON subscription_change (tenant_id, subscription_id, change_number, id);

CREATE TABLE payment (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    invoice_id {uuid} NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    amount BIGINT NOT NULL CHECK (amount > 0),
    reference TEXT NOT NULL,
    received_on DATE NOT NULL,
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, reference),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id)
);
CREATE INDEX payment_by_invoice ON payment (tenant_id, invoice_id, created_at, id);

CREATE TABLE account_transaction (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    customer_id {uuid} NOT NULL,
    partner_id {uuid},
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    invoice_id {uuid},
    payment_id {uuid},
    note TEXT,
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoice (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id)
);
CREATE INDEX account_transaction_by_customer
    ON account_transaction (tenant_id, customer_id, currency, created_at, id);
CREATE INDEX account_transaction_by_creation
    ON account_transaction (tenant_id, customer_id, created_at, id);
CREATE INDEX account_transaction_by_invoice ON account_transaction (tenant_id, invoice_id, created_at, id);

CREATE TABLE billing_run (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    as_of {time} NOT NULL,
    dry_run BOOLEAN NOT NULL,
    status TEXT NOT NULL,
    started_by TEXT NOT NULL,
    subscriptions_due INTEGER NOT NULL DEFAULT 0,
    subscriptions_billed INTEGER NOT NULL DEFAULT 0,
    subscriptions_held INTEGER NOT NULL DEFAULT 0,
    lines_written INTEGER NOT NULL DEFAULT 0,
    documents_issued INTEGER NOT NULL DEFAULT 0,
    finished_at {time},
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id)
);
CREATE UNIQUE INDEX billing_run_running ON billing_run (tenant_id) WHERE status = 'RUNNING' AND NOT dry_run;
CREATE INDEX billing_run_by_creation ON billing_run (tenant_id, created_at, id);
";
