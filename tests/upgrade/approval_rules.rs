//! Orders that waited for approval before there were rules wait on as they did.

use entity::{approval, approval_rule};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{CUSTOMER, Earlier, NOW, PARTNER, PENDING, TENANT};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(an_answer_that_was_asked_for_before_keeps_to_the_setting);

const STEPS_BEFORE: u32 = 13;
const OTHER_TENANT: u128 = 5;

async fn an_answer_that_was_asked_for_before_keeps_to_the_setting(database: Database) {
    let earlier = Earlier::after(&database, STEPS_BEFORE).await;
    earlier.tenant().await;
    let [tenant, customer, other, partner] =
        [TENANT, CUSTOMER, OTHER_TENANT, PARTNER].map(|id| earlier.id(id));
    earlier
        .run(&format!(
            "INSERT INTO tenant (id, name, kind, default_currency, approval_required, payment_terms_days,
                next_invoice_number, version, created_at, updated_at)
             VALUES ({other}, 'O', 'SANDBOX', 'EUR', TRUE, 30, 1, 1, {NOW}, {NOW});
             INSERT INTO partner (id, tenant_id, partner_number, name, approval_required, version, created_at,
                updated_at)
             VALUES ({partner}, {tenant}, 'P', 'P', TRUE, 1, {NOW}, {NOW});
             INSERT INTO customer (id, tenant_id, customer_number, name, version, created_at, updated_at)
             VALUES ({customer}, {tenant}, 'C', 'C', 1, {NOW}, {NOW});"
        ))
        .await;
    earlier.order(PENDING, "PENDING_APPROVAL", "user:buyer").await;
    earlier
        .run(&format!(
            "INSERT INTO approval (id, tenant_id, order_id, level, decision, created_at)
             VALUES ({}, {tenant}, {}, 1, 'PENDING', {NOW});",
            earlier.id(20),
            earlier.id(PENDING),
        ))
        .await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let waiting = approval::Entity::find().one(&earlier.connection).await.unwrap().unwrap();
    assert_eq!((waiting.rules, waiting.lapses_at, waiting.remind_at), (None, None, None));
    let rule = async |id: u128, of: u128, columns: &str, values: &str| {
        let [id, of] = [id, of].map(|id| earlier.id(id));
        let sql = format!(
            "INSERT INTO approval_rule (id, tenant_id, name, enabled, first_order, version, created_at, updated_at
                {columns})
             VALUES ({id}, {of}, 'R', TRUE, FALSE, 1, {NOW}, {NOW} {values})"
        );
        earlier.connection.execute_unprepared(&sql).await.is_ok()
    };
    let asks_partner = format!(", {partner}");
    assert!(rule(50, TENANT, ", approver_partner_id", &asks_partner).await);
    assert!(!rule(51, OTHER_TENANT, ", approver_partner_id", &asks_partner).await);
    assert!(!rule(52, OTHER_TENANT, ", partner_id", &asks_partner).await);
    assert!(!rule(53, TENANT, ", minimum_amount", ", 1").await, "in no currency");
    assert!(!rule(54, TENANT, ", currency", ", 'EUR'").await, "of no amount");
    let credit = format!(", {partner}, 'EUR', 1");
    assert!(!rule(55, TENANT, ", approver_partner_id, currency, credit_limit", &credit).await);
    assert_eq!(approval_rule::Entity::find().all(&earlier.connection).await.unwrap().len(), 1);
    earlier.connection.close().await.unwrap();
}
