//! What one statement can hold, and how many of them an execution keeps the database busy with.

use std::time::{Duration, Instant};

use domain::viewer::{Scope, Viewer};
use entity::{PartnerId, Role};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::json;
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given, watched::Watched},
};

on_both_databases!(a_partner_with_a_thousand_below_it_reads_however_much_is_selected);

/// Access is checked at each level, and a database takes so many values with a statement and no more.
async fn a_partner_with_a_thousand_below_it_reads_however_much_is_selected(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    let partners: Vec<_> = (1..=1_000).map(|id| PartnerId(Uuid::from_u128(id))).collect();
    let scope = Scope::Partner { own: partners[0], partners };
    let partner = Viewer { scope, role: Role::Partner, ..world.admin.clone() };
    let order = "id partner { name } customer { name partner { name } } agreement { number }
        licenses { licenseKey customer { name } partner { name } subscription { number } }
        subscriptions { number customer { name } partner { name } license { licenseKey } order { number } }
        lines { subscription { number customer { name } partner { name } agreement { number } } }";
    let below = format!("orders(first: 2) {{ totalCount nodes {{ {order} }} }}");
    let document = format!(
        "{{ orders {{ totalCount nodes {{ {order} customer {{ name {below} }} }} }}
            customers {{ nodes {{ name {below} invoices {{ nodes {{ customer {{ name }} }} }} }} }} }}"
    );
    // The second time by what was remembered of the first.
    for _ in 0..3 {
        let answer = Api::of(&app).read(&partner, &document, json!({})).await;
        assert_eq!(answer["orders"], json!({ "totalCount": 0, "nodes": [] }));
        assert_eq!(answer["customers"]["nodes"], json!([]));
    }
}

/// However many root fields it has, a connection is left for others. SQLite's own threads cannot be looked at while they read.
#[tokio::test(flavor = "multi_thread")]
async fn an_execution_reads_one_statement_at_a_time() {
    let app = TestApp::start(Database::postgres().await).await;
    let other = sea_orm::Database::connect(&app.database.url).await.unwrap();
    let world = given::world(&app).await;
    let reads: Vec<_> = (0..5)
        .map(|n| {
            format!(
                "a{n}: orders {{ totalCount nodes {{ id }} }}
                 b{n}: orders(filter: {{ text: \"o\" }}) {{ nodes {{ id }} }}"
            )
        })
        .collect();
    let document = format!("{{ {} }}", reads.join(" "));
    let api = Api::of(&app);
    let lock = other.begin().await.unwrap();
    lock.execute_unprepared(r#"LOCK TABLE "order" IN ACCESS EXCLUSIVE MODE"#).await.unwrap();
    let meanwhile = async {
        let began = Instant::now();
        while waiting(&other).await == 0 {
            assert!(began.elapsed() < Duration::from_secs(10), "nobody reads");
        }
        // Whoever reads beside it does so soon.
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert_eq!(waiting(&other).await, 1);
        }
        lock.rollback().await.unwrap();
    };
    let (answer, ()) = tokio::join!(api.read(&world.admin, &document, json!({})), meanwhile);
    assert_eq!(answer.as_object().unwrap().len(), 10);
}

/// PostgreSQL takes longer to prepare a statement than to read more columns of a few rows.
#[tokio::test(flavor = "multi_thread")]
async fn small_documents_that_are_new_and_differ_in_columns_share_a_statement() {
    let app = TestApp::start(Database::postgres().await).await;
    let world = given::world(&app).await;
    let watched = Watched::over(&app).await;
    let read_by = async |viewer: &Viewer, page: &str| {
        let document = format!("{{ orders{page} }}");
        let (_, statements) = watched.ask(viewer, &document, json!({})).await;
        let [Statement { sql, .. }] = &statements[..] else { panic!("{statements:?}") };
        sql.clone()
    };
    let read = async |page: &str| read_by(&world.admin, page).await;
    let is_wide = |sql: &str| sql.contains("po_number");
    // What is selected for the first time is likely to be selected again.
    let first = read("{ nodes { number lines { lineNumber offer { name } } } }").await;
    assert!(!is_wide(&first), "{first}");
    let renamed = "{ nodes { alias: number lines { lineNumber offer { name } } } }";
    assert_eq!(read(renamed).await, first);
    let wide = read("{ nodes { id status lines { id status offer { id } } } }").await;
    assert!(is_wide(&wide), "{wide}");
    let again = "{ nodes { currency lines { quantity offer { id name } } } }";
    assert_eq!(read(again).await, wide);
    // What comes again reads what it selects.
    let narrow = read(again).await;
    assert!(narrow.contains("currency") && !is_wide(&narrow), "{narrow}");
    // Where more than the columns differs, the statement is another one anyhow.
    for page in [
        "{ nodes { id customer { id } lines { id status offer { id } } } }",
        "{ totalCount nodes { version lines { id offer { id } } } }",
    ] {
        assert!(!is_wide(&read(page).await), "{page}");
    }
    let own = PartnerId(Uuid::from_u128(1));
    let scope = Scope::Partner { own, partners: vec![own] };
    let partner = Viewer { scope, role: Role::Partner, ..world.admin.clone() };
    let page = "{ nodes { version lines { id offer { id } } } }";
    assert!(!is_wide(&read_by(&partner, page).await));
    // Of many rows, more columns take longer.
    let page = "(first: 100) { nodes { version lines { quantity offer { id } } } }";
    assert!(!is_wide(&read(page).await));
}

/// How many statements of plans wait for a lock.
async fn waiting(connection: &impl ConnectionTrait) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%ROW(%'";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, waiting));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
