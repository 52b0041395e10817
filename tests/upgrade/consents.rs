//! Whoever had approved before a level could need several is known to have said yes.

use entity::{PartnerId, approval, approval_rule, consent};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use uuid::Uuid;

use super::{COMPLETED, Earlier, NOW, OTHER_TENANT, PARTNER, PENDING, TENANT};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(a_yes_that_was_said_before_is_known_as_far_as_the_log_tells);

const STEPS_BEFORE: u32 = 17;

async fn a_yes_that_was_said_before_is_known_as_far_as_the_log_tells(database: Database) {
    let earlier = Earlier::after(&database, STEPS_BEFORE).await;
    earlier.tenant().await;
    earlier.other_tenant().await;
    earlier.partner().await;
    earlier.customer().await;
    let [tenant, partner] = [TENANT, PARTNER].map(|id| earlier.id(id));
    earlier
        .run(&format!(
            "INSERT INTO approval_rule (id, tenant_id, name, enabled, first_order, version, created_at, updated_at)
             VALUES ({}, {tenant}, 'R', TRUE, FALSE, 1, {NOW}, {NOW});",
            earlier.id(50),
        ))
        .await;
    earlier.order(PENDING, "PENDING_APPROVAL", "user:buyer").await;
    earlier.order(COMPLETED, "COMPLETED", "user:buyer").await;
    let answer = async |id: u128, order: u128, partner: &str, level: i32, answer: &str| {
        let [id, order] = [id, order].map(|id| earlier.id(id));
        earlier
            .run(&format!(
                "INSERT INTO approval (id, tenant_id, order_id, partner_id, level, decision, decided_by, decided_at,
                    external_reference, created_at)
                 VALUES ({id}, {tenant}, {order}, {partner}, {level}, {answer}, {NOW});"
            ))
            .await;
    };
    let given = format!("'APPROVED', 'user:ada', {NOW}, 'DEAL-1'");
    answer(20, PENDING, &partner, 1, &given).await;
    answer(21, PENDING, "NULL", 2, "'PENDING', NULL, NULL, NULL").await;
    // Of which the log tells nothing any more.
    answer(22, COMPLETED, "NULL", 1, "'APPROVED', 'user:ben', NULL, NULL").await;
    earlier.event(30, PENDING, "ORDER_STATUS_CHANGED", "'APPROVE_STEP'", "user:ada").await;
    earlier.run(&format!("UPDATE event SET order_version = 4 WHERE id = {}", earlier.id(30))).await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let known = consent::Entity::find().order_by_asc(consent::Column::Id);
    let known = known.all(&earlier.connection).await.unwrap();
    let known: Vec<_> = known
        .iter()
        .map(|it| (it.approval_id.0.as_u128(), it.person.as_str(), it.partner_id, it.order_version))
        .collect();
    let partner_id = PartnerId(Uuid::from_u128(PARTNER));
    assert_eq!(known, [(20, "user:ada", Some(partner_id), Some(3)), (22, "user:ben", None, None)]);
    let answers = approval::Entity::find().all(&earlier.connection).await.unwrap();
    assert!(answers.len() == 3 && answers.iter().all(|answer| answer.approvers_needed == 1));
    let rule = approval_rule::Entity::find().one(&earlier.connection).await.unwrap().unwrap();
    assert_eq!(rule.approvers_needed, 1);

    let works = async |sql: String| earlier.connection.execute_unprepared(&sql).await.is_ok();
    for (people, is_kept) in [(0, false), (10, true), (11, false)] {
        let sql = format!("UPDATE approval_rule SET approvers_needed = {people}");
        assert_eq!(works(sql).await, is_kept, "{people}");
    }
    for (id, of, person, is_kept) in [
        (60, TENANT, "user:ada", false),
        (61, OTHER_TENANT, "user:cleo", false),
        (62, TENANT, "user:cleo", true),
    ] {
        let [id, of, order, answer] = [id, of, PENDING, 20].map(|id| earlier.id(id));
        let sql = format!(
            "INSERT INTO consent (id, tenant_id, order_id, approval_id, person, given_by, given_at)
             VALUES ({id}, {of}, {order}, {answer}, '{person}', '{person}', {NOW})"
        );
        assert_eq!(works(sql).await, is_kept, "{person}");
    }
    earlier.connection.close().await.unwrap();
}
