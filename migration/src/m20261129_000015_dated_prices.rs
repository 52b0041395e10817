//! Prices from a day on, and prices for some; and which of them was asked.
//!
//! There was one price per offer and currency. SQLite cannot take that away from a table, so it gets the table anew.

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
        let table = match manager.get_database_backend() {
            DatabaseBackend::Postgres => ADD,
            DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => ANEW,
        };
        run(manager, table).await?;
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await?;
        let table = match manager.get_database_backend() {
            DatabaseBackend::Postgres => TAKE_AWAY,
            DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => AS_BEFORE,
        };
        run(manager, table).await
    }
}

const ADD: &str = "
ALTER TABLE price DROP CONSTRAINT price_tenant_id_offer_id_currency_key;
ALTER TABLE price ADD COLUMN scope TEXT NOT NULL DEFAULT 'LIST';
ALTER TABLE price ADD COLUMN partner_id {uuid};
ALTER TABLE price ADD COLUMN customer_id {uuid};
ALTER TABLE price ADD COLUMN agreement_id {uuid};
ALTER TABLE price ADD COLUMN valid_from DATE;
ALTER TABLE price ADD COLUMN valid_until DATE CHECK (valid_until >= valid_from);
ALTER TABLE price ADD COLUMN status TEXT NOT NULL DEFAULT 'IN_FORCE';
ALTER TABLE price ADD COLUMN status_changes_on DATE;
ALTER TABLE price ADD COLUMN created_at {time} NOT NULL DEFAULT '1970-01-01T00:00:00+00:00';
ALTER TABLE price ADD FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id);
ALTER TABLE price ADD FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id);
ALTER TABLE price ADD FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, id);
ALTER TABLE price ADD CHECK ((scope = 'PARTNER') = (partner_id IS NOT NULL));
ALTER TABLE price ADD CHECK ((scope = 'CUSTOMER') = (customer_id IS NOT NULL));
ALTER TABLE price ADD CHECK ((scope = 'AGREEMENT') = (agreement_id IS NOT NULL));
UPDATE price SET created_at = (SELECT offer.created_at FROM offer WHERE offer.id = price.offer_id);
";

const ANEW: &str = "
CREATE TABLE price_anew (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    offer_id {uuid} NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    unit_amount BIGINT NOT NULL CHECK (unit_amount >= 0),
    tax_basis_points INTEGER NOT NULL CHECK (tax_basis_points BETWEEN 0 AND 10000),
    tax_code_id {uuid},
    tax_inclusive BOOLEAN NOT NULL DEFAULT FALSE,
    model TEXT NOT NULL DEFAULT 'PER_UNIT',
    tiers {json},
    package_size INTEGER CHECK (package_size > 0),
    scope TEXT NOT NULL DEFAULT 'LIST',
    partner_id {uuid},
    customer_id {uuid},
    agreement_id {uuid},
    valid_from DATE,
    valid_until DATE CHECK (valid_until >= valid_from),
    status TEXT NOT NULL DEFAULT 'IN_FORCE',
    status_changes_on DATE,
    created_at {time} NOT NULL DEFAULT '1970-01-01T00:00:00+00:00',
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, agreement_id) REFERENCES agreement (tenant_id, id),
    CHECK ((scope = 'PARTNER') = (partner_id IS NOT NULL)),
    CHECK ((scope = 'CUSTOMER') = (customer_id IS NOT NULL)),
    CHECK ((scope = 'AGREEMENT') = (agreement_id IS NOT NULL))
);
INSERT INTO price_anew (id, tenant_id, offer_id, currency, unit_amount, tax_basis_points, tax_code_id, tax_inclusive, model,
    tiers, package_size, created_at)
SELECT price.id, price.tenant_id, price.offer_id, price.currency, price.unit_amount, price.tax_basis_points,
    price.tax_code_id, price.tax_inclusive, price.model, price.tiers, price.package_size, offer.created_at
FROM price JOIN offer ON offer.id = price.offer_id;
DROP TABLE price;
ALTER TABLE price_anew RENAME TO price;
";

const UP: &str = "
CREATE UNIQUE INDEX price_of_tenant ON price (tenant_id, id);
CREATE UNIQUE INDEX price_from_beginning ON price (tenant_id, offer_id, currency)
    WHERE scope = 'LIST' AND valid_from IS NULL;
CREATE INDEX price_by_offer ON price (tenant_id, offer_id, currency);
CREATE INDEX price_by_creation ON price (tenant_id, offer_id, created_at, id);
CREATE INDEX price_by_partner ON price (tenant_id, partner_id) WHERE partner_id IS NOT NULL;
CREATE INDEX price_by_customer ON price (tenant_id, customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX price_by_agreement ON price (tenant_id, agreement_id) WHERE agreement_id IS NOT NULL;
CREATE INDEX price_to_change ON price (tenant_id, status_changes_on) WHERE status_changes_on IS NOT NULL;
ALTER TABLE order_line ADD COLUMN price_id {uuid};
ALTER TABLE order_line ADD COLUMN price_scope TEXT;
";

const DOWN: &str = "
ALTER TABLE order_line DROP COLUMN price_scope;
ALTER TABLE order_line DROP COLUMN price_id;
DROP INDEX price_to_change;
DROP INDEX price_by_agreement;
DROP INDEX price_by_customer;
DROP INDEX price_by_partner;
DROP INDEX price_by_creation;
DROP INDEX price_by_offer;
DROP INDEX price_from_beginning;
DROP INDEX price_of_tenant;
DELETE FROM price WHERE scope <> 'LIST' OR status <> 'IN_FORCE';
";

const TAKE_AWAY: &str = "
ALTER TABLE price DROP COLUMN created_at;
ALTER TABLE price DROP COLUMN status_changes_on;
ALTER TABLE price DROP COLUMN status;
ALTER TABLE price DROP COLUMN valid_until;
ALTER TABLE price DROP COLUMN valid_from;
ALTER TABLE price DROP COLUMN agreement_id;
ALTER TABLE price DROP COLUMN customer_id;
ALTER TABLE price DROP COLUMN partner_id;
ALTER TABLE price DROP COLUMN scope;
ALTER TABLE price ADD UNIQUE (tenant_id, offer_id, currency);
";

const AS_BEFORE: &str = "
CREATE TABLE price_anew (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    offer_id {uuid} NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    unit_amount BIGINT NOT NULL CHECK (unit_amount >= 0),
    tax_basis_points INTEGER NOT NULL CHECK (tax_basis_points BETWEEN 0 AND 10000),
    tax_code_id {uuid},
    tax_inclusive BOOLEAN NOT NULL DEFAULT FALSE,
    model TEXT NOT NULL DEFAULT 'PER_UNIT',
    tiers {json},
    package_size INTEGER CHECK (package_size > 0),
    UNIQUE (tenant_id, offer_id, currency),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id)
);
INSERT INTO price_anew (id, tenant_id, offer_id, currency, unit_amount, tax_basis_points, tax_code_id, tax_inclusive, model,
    tiers, package_size)
SELECT id, tenant_id, offer_id, currency, unit_amount, tax_basis_points, tax_code_id, tax_inclusive, model, tiers, package_size
FROM price;
DROP TABLE price;
ALTER TABLE price_anew RENAME TO price;
";
