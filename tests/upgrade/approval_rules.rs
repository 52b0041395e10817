//! Orders that waited for approval before there were rules wait on as they did.

use entity::{approval, approval_rule};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{Earlier, NOW, OTHER_TENANT, PARTNER, PENDING, TENANT};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(an_answer_that_was_asked_for_before_keeps_to_the_setting);

const STEPS_BEFORE: u32 = 13;

async fn an_answer_that_was_asked_for_before_keeps_to_the_setting(database: Database) {
    let earlier = Earlier::after(&database, STEPS_BEFORE).await;
    earlier.tenant().await;
    earlier.other_tenant().await;
    earlier.partner().await;
    earlier.customer().await;
    earlier.waiting_order(PENDING, 20).await;
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
    let partner = earlier.id(PARTNER);
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
