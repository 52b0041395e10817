//! Discounts: what a seller offers to take off, by code, and what it takes off subscriptions.

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
CREATE TABLE discount (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    basis_points INTEGER CHECK (basis_points BETWEEN 1 AND 10000),
    amount BIGINT CHECK (amount > 0),
    currency TEXT CHECK (length(currency) = 3),
    duration TEXT NOT NULL,
    periods INTEGER CHECK (periods > 0),
    valid_from DATE,
    valid_until DATE,
    partner_id {uuid},
    max_redemptions INTEGER CHECK (max_redemptions > 0),
    max_redemptions_per_customer INTEGER CHECK (max_redemptions_per_customer > 0),
    redemptions INTEGER NOT NULL CHECK (redemptions >= 0),
    precedence INTEGER NOT NULL,
    status TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at {time} NOT NULL,
    updated_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, code),
    CHECK ((kind = 'PERCENT') = (basis_points IS NOT NULL)),
    CHECK ((kind = 'AMOUNT') = (amount IS NOT NULL)),
    CHECK ((amount IS NOT NULL) = (currency IS NOT NULL)),
    CHECK ((duration = 'PERIODS') = (periods IS NOT NULL)),
    CHECK (valid_from < valid_until),
    FOREIGN KEY (tenant_id, partner_id) REFERENCES partner (tenant_id, id)
);
CREATE INDEX discount_by_created ON discount (tenant_id, created_at, id);
CREATE INDEX discount_by_updated ON discount (tenant_id, updated_at, id);
CREATE INDEX discount_by_name ON discount (tenant_id, name, id);
CREATE INDEX discount_by_partner ON discount (tenant_id, partner_id);

CREATE TABLE discount_offer (
    tenant_id {uuid} NOT NULL,
    discount_id {uuid} NOT NULL,
    offer_id {uuid} NOT NULL,
    PRIMARY KEY (discount_id, offer_id),
    FOREIGN KEY (tenant_id, discount_id) REFERENCES discount (tenant_id, id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, id)
);
CREATE INDEX discount_offer_by_offer ON discount_offer (tenant_id, offer_id);

CREATE TABLE discount_customer (
    tenant_id {uuid} NOT NULL,
    discount_id {uuid} NOT NULL,
    customer_id {uuid} NOT NULL,
    PRIMARY KEY (discount_id, customer_id),
    FOREIGN KEY (tenant_id, discount_id) REFERENCES discount (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX discount_customer_by_customer ON discount_customer (tenant_id, customer_id);

CREATE TABLE subscription_discount (
    id {uuid} PRIMARY KEY,
    tenant_id {uuid} NOT NULL REFERENCES tenant (id),
    subscription_id {uuid} NOT NULL,
    customer_id {uuid} NOT NULL,
    discount_id {uuid} NOT NULL,
    order_line_id {uuid},
    terms {json} NOT NULL,
    first_period INTEGER NOT NULL CHECK (first_period > 0),
    end_period INTEGER CHECK (end_period >= first_period),
    applied_by TEXT NOT NULL,
    removed_by TEXT,
    removed_at {time},
    returned_at {time},
    created_at {time} NOT NULL,
    UNIQUE (tenant_id, id),
    CHECK ((removed_at IS NULL) = (removed_by IS NULL)),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, discount_id) REFERENCES discount (tenant_id, id),
    FOREIGN KEY (tenant_id, order_line_id) REFERENCES order_line (tenant_id, id)
);
CREATE INDEX subscription_discount_by_subscription
    ON subscription_discount (tenant_id, subscription_id, created_at, id);
CREATE INDEX subscription_discount_by_discount
    ON subscription_discount (tenant_id, discount_id, customer_id);
CREATE INDEX subscription_discount_by_line ON subscription_discount (tenant_id, order_line_id);

ALTER TABLE order_line ADD COLUMN discounts {json};
ALTER TABLE order_line ADD COLUMN discount_amount BIGINT NOT NULL DEFAULT 0;
";

const DOWN: &str = "
ALTER TABLE order_line DROP COLUMN discount_amount;
ALTER TABLE order_line DROP COLUMN discounts;
DROP TABLE subscription_discount;
DROP TABLE discount_customer;
DROP TABLE discount_offer;
DROP TABLE discount;
";
