//! Connections of PostgreSQL's that are kept from one read to the next.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use ordergate::store::{KeptConnections, QuickReads, Settings, Store};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::support::database::Database;

const WHO_ANSWERS: &str = "SELECT pg_backend_pid()";

async fn open(database: &Database, connections: u32) -> Store {
    let longest_statement = Some(Duration::from_secs(2));
    let settings = Settings { connections, longest_statement, ..Settings::default() };
    Store::open(&database.url, &settings, &TaskTracker::new(), &CancellationToken::new())
        .await
        .unwrap()
}

fn kept(store: &Store) -> &KeptConnections {
    match &store.readers_of(false).quick {
        QuickReads::Kept(kept) => kept,
        QuickReads::Short(_) => panic!("PostgreSQL has no short reads"),
    }
}

fn statement(sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

fn number(rows: &[QueryResult]) -> i32 {
    rows[0].try_get_by_index(0).unwrap()
}

async fn who_answers(store: &Store) -> i32 {
    number(&kept(store).query_all(&statement(WHO_ANSWERS, Vec::new())).await.unwrap())
}

/// How many connections the readers' pool has, and how many nobody uses now.
fn readers(store: &Store) -> (usize, usize) {
    let pools = store.pools();
    let (_, size, idle) = pools.iter().find(|(name, ..)| *name == "readers").unwrap();
    (*size, *idle)
}

#[tokio::test]
async fn what_is_read_is_what_the_driver_reads() {
    let database = Database::postgres().await;
    let store = open(&database, 4).await;
    let values: Vec<Value> = vec![
        true.into(),
        7_i32.into(),
        i64::MIN.into(),
        "é'\"\u{1}".into(),
        Uuid::from_u128(7).into(),
        chrono::DateTime::from_timestamp_micros(1_772_357_400_123_456).unwrap().into(),
        None::<String>.into(),
    ];
    let sql = "SELECT ROW($1, $2, $3, $4, $5, $6, $7)::text FROM generate_series(1, 2)";
    let asked = statement(sql, values);
    let text = |row: &QueryResult| row.try_get_by_index::<String>(0).unwrap();
    let by_driver = store.readers().query_all_raw(asked.clone()).await.unwrap();
    let kept = kept(&store).query_all(&asked).await.unwrap();
    assert_eq!(
        kept.iter().map(text).collect::<Vec<_>>(),
        by_driver.iter().map(text).collect::<Vec<_>>()
    );
    assert!(text(&kept[0]).contains("123456") && kept.len() == 2, "{}", text(&kept[0]));
}

#[tokio::test]
async fn whoever_reads_next_has_the_connection_and_the_pool_has_it_back_soon() {
    let database = Database::postgres().await;
    let store = open(&database, 4).await;
    let begun = Instant::now();
    let first = who_answers(&store).await;
    let again = who_answers(&store).await;
    assert!(first == again || begun.elapsed() > Duration::from_millis(80));
    let pool = store.readers().get_postgres_connection_pool();
    while pool.num_idle() < pool.size() as usize {
        assert!(begun.elapsed() < Duration::from_secs(10), "it is kept for good");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(readers(&store).1, pool.num_idle());
}

#[tokio::test]
async fn a_failure_and_a_reader_that_goes_away_spoil_no_connection() {
    let database = Database::postgres().await;
    let store = open(&database, 1).await;
    for _ in 0..3 {
        let wrong = statement("SELECT 1 / (SELECT 0)", Vec::new());
        kept(&store).query_all(&wrong).await.unwrap_err();
        who_answers(&store).await;
        store.readers().execute_unprepared("SELECT 1").await.unwrap();
        let long = statement("SELECT 1 FROM pg_sleep(0.3)", Vec::new());
        let given_up = kept(&store).query_all(&long);
        tokio::time::timeout(Duration::from_millis(50), given_up).await.unwrap_err();
        who_answers(&store).await;
        store.readers().execute_unprepared("SELECT 1").await.unwrap();
    }
    database.cut_all_connections().await;
    let begun = Instant::now();
    while kept(&store).query_all(&statement(WHO_ANSWERS, Vec::new())).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "nobody connects anew");
    }
}

#[tokio::test]
async fn many_readers_let_others_have_their_turn() {
    let database = Database::postgres().await;
    for connections in [1, 2, 4] {
        let store = open(&database, connections).await;
        let is_over = AtomicBool::new(false);
        let read_on = async || {
            let mut read = 0;
            while !is_over.load(Ordering::Relaxed) {
                who_answers(&store).await;
                read += 1;
            }
            read
        };
        let reading = join_all((0..24).map(|_| read_on()));
        let meanwhile = async {
            for _ in 0..20 {
                store.readers().execute_unprepared("SELECT 1").await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            is_over.store(true, Ordering::Relaxed);
        };
        let (read, ()) = tokio::join!(reading, meanwhile);
        assert!(read.iter().all(|read| *read > 0), "{connections}: {read:?}");
        let (size, idle) = readers(&store);
        assert!(size <= connections as usize && idle <= size);
    }
}

#[test]
fn a_store_may_be_dropped_when_its_runtime_is_gone() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (database, store) = runtime.block_on(async {
        let database = Database::postgres().await;
        let store = open(&database, 4).await;
        who_answers(&store).await;
        (database, store)
    });
    assert!(readers(&store).1 > 0);
    drop(runtime);
    drop((store, database));
}
