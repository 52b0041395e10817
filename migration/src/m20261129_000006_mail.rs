//! Who gets mail, the mail itself, and how far the log was read for it.

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
        drop_tables(manager, &["mail", "mail_position", "mail_recipient"]).await
    }
}

// No foreign keys from a mail to its recipient and its event: what was sent is known for longer than these.
const UP: &str = "

CREATE TABLE mail_recipient (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    partner_id {uuid},
    audience TEXT NOT NULL CHECK (audience IN ('ADDRESS', 'CUSTOMER')),
    address TEXT,
    kinds {json} NOT NULL,
    language TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    enabled_at {time} NOT NULL,
    updated_by TEXT NOT NULL,
    updated_by_kind TEXT NOT NULL,
    updated_by_role TEXT NOT NULL,
    updated_by_partner_id {uuid},
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    CHECK ((audience = 'ADDRESS') = (address IS NOT NULL)),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX mail_recipient_by_creation ON mail_recipient (tenant_id, created_at, id);
CREATE INDEX mail_recipient_of_partner ON mail_recipient (tenant_id, partner_id, created_at, id);

CREATE TABLE mail_position (
    tenant_id {uuid} PRIMARY KEY REFERENCES tenant (id),
    position BIGINT NOT NULL CHECK (position >= 0)
);

CREATE TABLE mail (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    recipient_id {uuid} NOT NULL,
    partner_id {uuid},
    event_id {uuid} NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    order_id {uuid},
    order_line_id {uuid},
    invoice_id {uuid},
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'SENT', 'FAILED', 'DROPPED')),
    attempts INTEGER NOT NULL,
    next_try_at {time} NOT NULL,
    give_up_at {time} NOT NULL,
    error TEXT,
    created_at {time} NOT NULL,
    sent_at {time},
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, event_id, recipient_id),
    CHECK ((status = 'SENT') = (sent_at IS NOT NULL)),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX mail_to_send ON mail (tenant_id, next_try_at, id) WHERE status = 'PENDING';
CREATE INDEX mail_by_creation ON mail (tenant_id, created_at, id);
CREATE INDEX mail_of_partner ON mail (tenant_id, partner_id, created_at, id);
CREATE INDEX mail_of_order ON mail (tenant_id, order_id, created_at, id);
CREATE INDEX mail_by_status ON mail (tenant_id, status, created_at, id);
CREATE INDEX mail_by_kind ON mail (tenant_id, kind, created_at, id);
";
