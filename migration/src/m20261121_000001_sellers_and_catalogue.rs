//! Tenants, partners, keys, customers, the catalogue and agreements.

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
                "agreement",
                "price",
                "offer",
                "edition",
                "product",
                "api_key",
                "customer",
                "partner",
                "tenant",
            ],
        )
        .await
    }
}

const UP: &str = r"

CREATE TABLE tenant (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    default_currency TEXT NOT NULL CHECK (length(default_currency) = 3),
    approval_required BOOLEAN NOT NULL,
    approval_lapse_days INTEGER CHECK (approval_lapse_days > 0),
    payment_terms_days INTEGER NOT NULL CHECK (payment_terms_days >= 0),
    next_invoice_number BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL
);

CREATE TABLE partner (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    parent_id {uuid},
    partner_number TEXT NOT NULL,
    name TEXT NOT NULL,
    approval_required BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, partner_number),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES partner (tenant_id, id),
    CHECK (parent_id <> id)
);
CREATE INDEX partner_by_parent ON partner (tenant_id, parent_id, created_at, id);
CREATE INDEX partner_by_creation ON partner (tenant_id, created_at, id);
CREATE INDEX partner_by_update ON partner (tenant_id, updated_at, id);
CREATE INDEX partner_by_name ON partner (tenant_id, name, id);

CREATE TABLE customer (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    partner_id {uuid},
    customer_number TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    street TEXT,
    postal_code TEXT,
    city TEXT,
    country TEXT CHECK (length(country) = 2),
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, customer_number),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX customer_by_partner ON customer (tenant_id, partner_id, created_at, id);
CREATE INDEX customer_by_creation ON customer (tenant_id, created_at, id);
CREATE INDEX customer_by_update ON customer (tenant_id, updated_at, id);
CREATE INDEX customer_by_name ON customer (tenant_id, name, id);

CREATE TABLE api_key (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    partner_id {uuid},
    customer_id {uuid},
    created_at {time} NOT NULL,
    expires_at {time},
    revoked_at {time},
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX api_key_by_creation ON api_key (tenant_id, created_at, id);

CREATE TABLE product (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    vendor TEXT NOT NULL,
    description TEXT,
    provisioning TEXT NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, code)
);
CREATE INDEX product_by_creation ON product (tenant_id, created_at, id);
CREATE INDEX product_by_update ON product (tenant_id, updated_at, id);
CREATE INDEX product_by_name ON product (tenant_id, name, id);

CREATE TABLE edition (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    product_id {uuid} NOT NULL,
    name TEXT NOT NULL,
    features {json} NOT NULL,
    limitations {json} NOT NULL,
    variables {json} NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, product_id, name),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id)
);
CREATE INDEX edition_by_product ON edition (tenant_id, product_id, created_at, id);

CREATE TABLE offer (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    product_id {uuid} NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    billing TEXT NOT NULL,
    billing_period TEXT,
    min_quantity INTEGER NOT NULL CHECK (min_quantity >= 1),
    max_quantity INTEGER CHECK (max_quantity >= min_quantity),
    edition_id {uuid},
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, code),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, edition_id) REFERENCES edition (tenant_id, id),
    CHECK ((billing = 'ONE_TIME') = (billing_period IS NULL))
);
CREATE INDEX offer_by_product ON offer (tenant_id, product_id, created_at, id);
CREATE INDEX offer_by_creation ON offer (tenant_id, created_at, id);
CREATE INDEX offer_by_update ON offer (tenant_id, updated_at, id);
CREATE INDEX offer_by_name ON offer (tenant_id, name, id);
CREATE INDEX offer_by_edition ON offer (tenant_id, edition_id);

CREATE TABLE price (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    offer_id {uuid} NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    unit_amount BIGINT NOT NULL CHECK (unit_amount >= 0),
    tax_basis_points INTEGER NOT NULL CHECK (tax_basis_points BETWEEN 0 AND 10000),
    UNIQUE (tenant_id, offer_id, currency),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id)
);

CREATE TABLE agreement (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    customer_id {uuid} NOT NULL,
    number TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    default_po_number TEXT,
    status TEXT NOT NULL,
    starts_on DATE,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX agreement_by_customer ON agreement (tenant_id, customer_id, created_at, id);
CREATE INDEX agreement_by_creation ON agreement (tenant_id, created_at, id);
CREATE INDEX agreement_by_update ON agreement (tenant_id, updated_at, id);
";
