//! Plans: offers sold as several products, step by step, and what was chosen of them.

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
CREATE TABLE plan (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    offer_id {uuid} NOT NULL,
    partner_id {uuid},
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    tax_inclusive BOOLEAN NOT NULL,
    choice TEXT NOT NULL,
    min_components INTEGER CHECK (min_components >= 1),
    max_components INTEGER CHECK (max_components >= min_components),
    allows_override BOOLEAN NOT NULL,
    override_minimum BIGINT CHECK (override_minimum >= 0),
    override_maximum BIGINT CHECK (override_maximum >= 0),
    valid_from DATE,
    valid_until DATE,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, code),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id),
    CHECK ((choice = 'RANGE') = (min_components IS NOT NULL)),
    CHECK ((choice = 'RANGE') = (max_components IS NOT NULL)),
    CHECK (override_maximum >= override_minimum),
    CHECK (valid_until > valid_from)
);
CREATE INDEX plan_by_offer ON plan (tenant_id, offer_id, created_at, id);
CREATE INDEX plan_by_partner ON plan (tenant_id, partner_id, created_at, id);
CREATE INDEX plan_by_creation ON plan (tenant_id, created_at, id);
CREATE INDEX plan_by_update ON plan (tenant_id, updated_at, id);
CREATE INDEX plan_by_name ON plan (tenant_id, name, id);

CREATE TABLE plan_step (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    plan_id {uuid} NOT NULL,
    step_number INTEGER NOT NULL CHECK (step_number >= 1),
    periods INTEGER CHECK (periods >= 1),
    billing_period TEXT,
    unit_amount BIGINT CHECK (unit_amount >= 0),
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, plan_id, step_number),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, id)
);

CREATE TABLE plan_component (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    plan_id {uuid} NOT NULL,
    plan_step_id {uuid} NOT NULL,
    component_number INTEGER NOT NULL CHECK (component_number >= 1),
    product_id {uuid} NOT NULL,
    timing TEXT NOT NULL,
    model TEXT NOT NULL,
    unit_amount BIGINT NOT NULL CHECK (unit_amount >= 0),
    tiers {json},
    package_size INTEGER CHECK (package_size >= 1),
    tax_basis_points INTEGER NOT NULL CHECK (tax_basis_points BETWEEN 0 AND 10000),
    tax_code_id {uuid},
    UNIQUE (tenant_id, plan_step_id, component_number),
    UNIQUE (tenant_id, plan_step_id, product_id),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plan (tenant_id, id),
    FOREIGN KEY (tenant_id, plan_step_id) REFERENCES plan_step (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, tax_code_id) REFERENCES tax_code (tenant_id, id)
);
CREATE INDEX plan_component_by_plan ON plan_component (tenant_id, plan_id);
CREATE INDEX plan_component_by_product ON plan_component (tenant_id, product_id);

ALTER TABLE order_line ADD COLUMN plan_id {uuid};
ALTER TABLE order_line ADD COLUMN components {json};
ALTER TABLE order_line ADD COLUMN has_trial BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX order_line_by_plan ON order_line (tenant_id, plan_id);

ALTER TABLE subscription ADD COLUMN plan_id {uuid};
ALTER TABLE subscription ADD COLUMN plan_instance_now {json};
ALTER TABLE subscription ADD COLUMN step INTEGER NOT NULL DEFAULT 1;
ALTER TABLE subscription ADD COLUMN step_periods_left INTEGER;
CREATE INDEX subscription_by_plan ON subscription (tenant_id, plan_id, created_at, id);
";

const DOWN: &str = "
DROP INDEX subscription_by_plan;
ALTER TABLE subscription DROP COLUMN step_periods_left;
ALTER TABLE subscription DROP COLUMN step;
ALTER TABLE subscription DROP COLUMN plan_instance_now;
ALTER TABLE subscription DROP COLUMN plan_id;
DROP INDEX order_line_by_plan;
ALTER TABLE order_line DROP COLUMN has_trial;
ALTER TABLE order_line DROP COLUMN components;
ALTER TABLE order_line DROP COLUMN plan_id;
DROP TABLE plan_component;
DROP TABLE plan_step;
DROP TABLE plan;
";
