//! What was asked about order lines before, and tried, is known as far as the lines and the log tell.

use entity::{LineOutcome, OrderLineId, order_line, order_line_attempt, order_line_hold};
use migration::MigratorTrait;
use sea_orm::{EntityTrait, QueryOrder, prelude::Uuid};

use super::{CUSTOMER, Earlier, NOW, TENANT};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(the_last_attempt_and_the_open_question_of_older_lines_are_kept);

/// How many steps the schema of the release before has.
const STEPS: u32 = 11;
const LATER: &str = "'2026-03-02T10:30:00+00:00'";
const PRODUCT: u128 = 5;
const OFFER: u128 = 6;
const ORDER: u128 = 10;
const LINES: [(u128, &str, i32); 5] = [
    (20, "PENDING", 0),
    (21, "COMPLETED", 1),
    (22, "FAILED", 3),
    (23, "ON_HOLD", 2),
    (24, "PENDING", 1),
];

async fn the_last_attempt_and_the_open_question_of_older_lines_are_kept(database: Database) {
    let earlier = Earlier::after(&database, STEPS).await;
    earlier.tenant().await;
    earlier.customer().await;
    let [tenant, customer, product, offer, order] =
        [TENANT, CUSTOMER, PRODUCT, OFFER, ORDER].map(|id| earlier.id(id));
    earlier
        .run(&format!(
            "INSERT INTO product (id, tenant_id, code, name, vendor, provisioning, status, version, created_at, updated_at)
             VALUES ({product}, {tenant}, 'P', 'P', 'V', 'MANUAL', 'ACTIVE', 1, {NOW}, {NOW});
             INSERT INTO offer (id, tenant_id, product_id, code, name, billing, min_quantity, status, version, created_at,
                updated_at)
             VALUES ({offer}, {tenant}, {product}, 'O', 'O', 'ONE_TIME', 1, 'ACTIVE', 1, {NOW}, {NOW});",
        ))
        .await;
    earlier.order(ORDER, "ON_HOLD", "user:buyer").await;
    for (number, (line, status, attempts)) in (1..).zip(LINES) {
        let started = if attempts > 0 { NOW } else { "NULL" };
        let ended = if ["COMPLETED", "FAILED"].contains(&status) { LATER } else { "NULL" };
        let [failure, hold] = match (status, attempts) {
            ("FAILED", _) | ("PENDING", 1) => ["'Sold out'", "NULL"],
            ("ON_HOLD", _) => ["NULL", "'Which domain?'"],
            _ => ["NULL", "NULL"],
        };
        earlier
            .run(&format!(
                "INSERT INTO order_line (id, tenant_id, order_id, order_created_at, line_number, action, status, product_id,
                    offer_id, quantity, unit_amount, tax_basis_points, net_amount, provisioning, attempts, started_at,
                    ended_at, failure_reason, hold_reason)
                 VALUES ({}, {tenant}, {order}, {NOW}, {number}, 'BUY', '{status}', {product}, {offer}, 1, 1, 0, 1, 'MANUAL',
                    {attempts}, {started}, {ended}, {failure}, {hold})",
                earlier.id(line),
            ))
            .await;
    }
    for (id, to, at) in [(30, "ON_HOLD", NOW), (31, "IN_PROGRESS", NOW), (32, "ON_HOLD", LATER)] {
        earlier
            .run(&format!(
                "INSERT INTO event (id, tenant_id, kind, subject_kind, subject_id, customer_id, order_id, order_line_id,
                    to_status, actor_kind, actor, reason, occurred_at)
                 VALUES ({}, {tenant}, 'ORDER_LINE_STATUS_CHANGED', 'ORDER', {order}, {customer}, {order}, {}, '{to}', 'USER',
                    'user:vendor', 'Which domain?', {at})",
                earlier.id(id),
                earlier.id(23),
            ))
            .await;
    }
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let connection = &earlier.connection;
    let id = |id: u128| OrderLineId(Uuid::from_u128(id));
    let [now, later] = [NOW, LATER].map(|time| time.trim_matches('\'').parse().unwrap());
    let attempts = order_line_attempt::Entity::find()
        .order_by_asc(order_line_attempt::Column::OrderLineId)
        .all(connection)
        .await
        .unwrap();
    let attempts: Vec<_> = attempts
        .into_iter()
        .map(|it| {
            (
                it.order_line_id,
                it.attempt_number,
                it.started_at,
                it.ended_at,
                it.outcome,
                it.message,
            )
        })
        .collect();
    let failed = Some(LineOutcome::Failed);
    let message = || Some("Sold out".to_owned());
    let expected = [
        (id(21), 1, now, Some(later), Some(LineOutcome::Completed), None),
        (id(22), 3, now, Some(later), failed, message()),
        (id(23), 2, now, None, None, None),
        // When it failed is no longer known.
        (id(24), 1, now, Some(now), failed, message()),
    ];
    assert_eq!(attempts, expected);
    let holds = order_line_hold::Entity::find().all(connection).await.unwrap();
    let [hold] = holds.as_slice() else { panic!("{holds:?}") };
    assert_eq!(
        (hold.order_line_id, hold.question.as_str(), hold.asked_by.as_str(), hold.asked_at),
        (id(23), "Which domain?", "user:vendor", later)
    );
    assert_eq!((&hold.answer, hold.ended_at), (&None, None));
    let lines = order_line::Entity::find().all(connection).await.unwrap();
    let since: Vec<_> = lines.iter().filter_map(|line| Some((line.id, line.held_since?))).collect();
    assert_eq!(since, [(id(23), later)]);
    earlier.connection.close().await.unwrap();
}
