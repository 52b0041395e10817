//! Events that concern no customer, such as those of a product or of a whole tenant.
//!
//! SQLite cannot take a NOT NULL away from a column, so it gets the table anew.

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
        run(manager, &with_customer(manager, "DROP NOT NULL", "")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &with_customer(manager, "SET NOT NULL", "NOT NULL")).await
    }
}

/// What changes the column for the customer: on PostgreSQL `alteration`, on SQLite the table anew with the column's
/// `constraint`.
fn with_customer(manager: &SchemaManager<'_>, alteration: &str, constraint: &str) -> String {
    match manager.get_database_backend() {
        DatabaseBackend::Postgres => {
            format!("ALTER TABLE event ALTER COLUMN customer_id {alteration};")
        }
        DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => anew(constraint),
    }
}

/// The table with another constraint on the customer, the same rows and the same indexes. The highest sequence that was ever
/// given is carried over, so that none is given twice.
fn anew(constraint: &str) -> String {
    format!(
        "
CREATE TABLE event_anew (
    sequence {{identity}},
    id {{uuid}} NOT NULL UNIQUE,
    tenant_id {{uuid}} NOT NULL REFERENCES tenant (id),
    position BIGINT,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id {{uuid}} NOT NULL,
    customer_id {{uuid}} {constraint},
    partner_id {{uuid}},
    order_id {{uuid}},
    order_line_id {{uuid}},
    order_version BIGINT,
    trigger TEXT,
    from_status TEXT,
    to_status TEXT,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_partner_id {{uuid}},
    reason TEXT,
    occurred_at {{time}} NOT NULL,
    UNIQUE (tenant_id, position)
);
INSERT INTO event_anew ({COLUMNS}) SELECT {COLUMNS} FROM event ORDER BY sequence;
INSERT INTO sqlite_sequence (name, seq) SELECT 'event_anew', 0
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'event_anew');
UPDATE sqlite_sequence SET seq = COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)
WHERE name = 'event_anew';
DROP TABLE event;
ALTER TABLE event_anew RENAME TO event;
CREATE INDEX event_without_position ON event (tenant_id, sequence) WHERE position IS NULL;
CREATE UNIQUE INDEX event_of_order ON event (tenant_id, order_id, order_version) WHERE order_version IS NOT NULL;
CREATE INDEX event_by_order ON event (tenant_id, order_id, sequence);
"
    )
}

const COLUMNS: &str = "sequence, id, tenant_id, position, kind, subject_kind, subject_id, customer_id, partner_id, \
     order_id, order_line_id, order_version, trigger, from_status, to_status, actor_kind, actor, actor_partner_id, \
     reason, occurred_at";
