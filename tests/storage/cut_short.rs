//! Statements that take too long, and callers that do not wait for them.

use std::{task::Poll, time::Duration};

use futures_util::{FutureExt, future::poll_fn};
use ordergate::store::{Settings, Store, took_too_long};
use sea_orm::{ConnectionTrait, Statement};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database, given},
};

on_both_databases!(
    a_statement_that_takes_too_long_is_ended_by_the_database,
    a_caller_that_goes_away_while_a_transaction_begins_leaves_none_behind,
);

async fn a_statement_that_takes_too_long_is_ended_by_the_database(database: Database) {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    database.migrate().await;
    let limit = Some(Duration::from_millis(300));
    let settings = Settings { connections: 1, longest_statement: limit, ..Settings::default() };
    let store = Store::open(&database.url, &settings, &tasks, &stop).await.unwrap();
    let endless = if database.is_postgres() {
        "SELECT pg_sleep(3600)"
    } else {
        "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers) SELECT max(i) FROM numbers"
    };
    for _ in 0..2 {
        let ended = store.readers().execute_unprepared(endless).await.unwrap_err();
        assert!(took_too_long(&ended.into()));
    }
    // There is one connection. Whoever asks next has it, although nobody waited for the statement before.
    let given_up = store.readers().execute_unprepared(endless);
    assert!(tokio::time::timeout(Duration::from_millis(50), given_up).await.is_err());
    store.readers().execute_unprepared("SELECT 1").await.unwrap();
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

async fn a_caller_that_goes_away_while_a_transaction_begins_leaves_none_behind(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let settings = Settings { connections: 1, ..Settings::default() };
    let store = Store::open(&app.database.url, &settings, &tasks, &stop).await.unwrap();
    for steps in 0..12 {
        leave_after(steps, store.begin(world.tenant_id)).await;
        leave_after(steps, store.snapshot()).await;
        if app.database.is_postgres() {
            // What is set for a transaction is forgotten at once where there is none.
            let readers = store.readers();
            readers.execute_unprepared("SET LOCAL application_name = 'inside'").await.unwrap();
            let name = Statement::from_string(store.backend(), "SHOW application_name");
            let name = readers.query_one_raw(name).await.unwrap().unwrap();
            let name: String = name.try_get_by_index(0).unwrap();
            assert_eq!(name, "ordergate", "after {steps} steps");
        }
        // SQLite has one lock, and somebody else can have it.
        world.pending_order(&app, &[world.manual_offer]).await;
    }
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// Goes on with something for so many steps and then goes away.
async fn leave_after<T>(steps: usize, work: impl Future<Output = T>) {
    let mut work = Box::pin(work);
    let mut taken = 0;
    poll_fn(|context| {
        taken += 1;
        match work.poll_unpin(context) {
            Poll::Pending if taken <= steps => Poll::Pending,
            Poll::Ready(_) | Poll::Pending => Poll::Ready(()),
        }
    })
    .await;
}
