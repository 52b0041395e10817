//! What runs by itself runs once, wherever it runs.

use std::time::Duration;

use entity::{TenantId, license, order_line};
use ordergate::store::Lease;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{PATIENCE, completed};
use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database, given},
};

const ORDERS: u64 = 40;
const SHORT: Duration = Duration::from_millis(300);

on_both_databases!(
    a_node_holds_its_lease_for_as_long_as_it_renews_it,
    a_lease_that_nobody_has_had_is_made_and_then_changes_hands_like_any_other,
);

async fn a_node_holds_its_lease_for_as_long_as_it_renews_it(database: Database) {
    let node = TestApp::start(database).await;
    let store = &node.app.store;
    let lease = Lease::new("sweeps", SHORT);
    assert!(!allowed(&node, &lease).await);
    for _ in 0..3 {
        assert!(lease.hold(store).await.unwrap());
        assert!(allowed(&node, &lease).await);
        sleep(SHORT * 2 / 3).await;
    }
    lease.release(store).await.unwrap();
    assert!(!allowed(&node, &lease).await);
    assert!(lease.hold(store).await.unwrap());
}

async fn a_lease_that_nobody_has_had_is_made_and_then_changes_hands_like_any_other(
    database: Database,
) {
    let node = TestApp::start(database).await;
    let store = &node.app.store;
    let fresh = || Lease::new("made by no migration", SHORT);
    let lease = fresh();
    assert!(lease.hold(store).await.unwrap());
    assert!(allowed(&node, &lease).await);
    assert_eq!(token(&node).await, 1);

    // Each pretends to be a node that has had it since.
    claim(&node, Uuid::new_v4(), "expires_at + 60000").await;
    assert!(!fresh().hold(store).await.unwrap());
    assert_eq!(token(&node).await, 2);
    assert!(!allowed(&node, &lease).await);
    claim(&node, Uuid::new_v4(), "0").await;
    assert!(fresh().hold(store).await.unwrap());
    assert_eq!(token(&node).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_make_a_lease_one_has_it() {
    let first = TestApp::start(Database::postgres().await).await;
    let second = first.beside().await;
    for attempt in ["a", "b", "c", "d", "e"] {
        let (its, others) = (Lease::new(attempt, SHORT), Lease::new(attempt, SHORT));
        let (first, second) =
            tokio::join!(its.hold(&first.app.store), others.hold(&second.app.store));
        assert!(first.unwrap() != second.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_paused_writes_nothing_once_another_has_taken_over() {
    let paused = TestApp::start(Database::postgres().await).await;
    let other = paused.beside().await;
    let (its, others) = (Lease::new("sweeps", SHORT), Lease::new("sweeps", SHORT));
    assert!(its.hold(&paused.app.store).await.unwrap());
    assert!(!others.hold(&other.app.store).await.unwrap());
    sleep(SHORT).await;
    // Nobody has taken it, so nothing is wrong with going on.
    assert!(allowed(&paused, &its).await);
    assert!(others.hold(&other.app.store).await.unwrap());
    assert!(!allowed(&paused, &its).await);
    assert!(allowed(&other, &others).await);
    assert!(!its.hold(&paused.app.store).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_changes_hands_only_between_transactions() {
    let first = TestApp::start(Database::postgres().await).await;
    let second = first.beside().await;
    let world = given::world(&first).await;
    let (its, others) = (Lease::new("sweeps", SHORT), Lease::new("sweeps", SHORT));
    assert!(its.hold(&first.app.store).await.unwrap());
    let txn = first.app.store.begin(world.tenant_id).await.unwrap();
    assert!(its.allows(&txn).await.unwrap());
    sleep(SHORT).await;
    let taking = others.hold(&second.app.store);
    let mut taking = std::pin::pin!(taking);
    assert!(timeout(SHORT, &mut taking).await.is_err(), "it was taken during the transaction");
    txn.commit().await.unwrap();
    assert!(timeout(PATIENCE, taking).await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_is_provisioned_once_by_nodes_that_come_and_go() {
    let first = TestApp::start(Database::postgres().await).await;
    let world = given::world_with_approval(&first, false).await;
    let nodes = [first.beside().await, first.beside().await];
    for node in &nodes {
        node.start_jobs();
    }
    for _ in 0..ORDERS {
        world.pending_order(&first, &[world.instant_offer]).await;
    }
    completed(&first, ORDERS).await;
    // One of them has the lease, and lets go of it.
    nodes[0].stop().await;
    world.pending_order(&first, &[world.instant_offer]).await;
    completed(&first, ORDERS + 1).await;

    let readers = first.app.store.readers();
    let lines = order_line::Entity::find().all(readers).await.unwrap();
    assert!(lines.iter().all(|line| line.attempts == 1));
    assert_eq!(license::Entity::find().count(readers).await.unwrap(), ORDERS + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_takes_over_from_one_that_died() {
    let dead = TestApp::start(Database::postgres().await).await;
    let world = given::world_with_approval(&dead, false).await;
    world.pending_order(&dead, &[world.instant_offer]).await;
    dead.run_jobs().await;
    world.pending_order(&dead, &[world.instant_offer]).await;
    let heir = dead.beside().await;
    heir.run_jobs().await;
    let readers = heir.app.store.readers();
    assert_eq!(license::Entity::find().count(readers).await.unwrap(), 1, "the lease was not kept");
    heir.start_jobs();
    completed(&heir, 2).await;
}

async fn allowed(node: &TestApp, lease: &Lease) -> bool {
    let txn = node.app.store.begin(TenantId(Uuid::nil())).await.unwrap();
    let allowed = lease.allows(&txn).await.unwrap();
    txn.commit().await.unwrap();
    allowed
}

async fn token(node: &TestApp) -> i64 {
    let sql = "SELECT token FROM lease WHERE name = 'made by no migration'";
    let readers = node.app.store.readers();
    let row = readers.query_one_raw(Statement::from_string(readers.get_database_backend(), sql));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn claim(node: &TestApp, holder: Uuid, expires_at: &str) {
    let txn = node.app.store.begin(TenantId(Uuid::nil())).await.unwrap();
    txn.execute_raw(Statement::from_sql_and_values(
        txn.get_database_backend(),
        format!("UPDATE lease SET holder = $1, token = token + 1, expires_at = {expires_at}"),
        [holder.into()],
    ))
    .await
    .unwrap();
    txn.commit().await.unwrap();
}
