//! What one statement can hold, and how many of them an execution keeps the database busy with.

use std::time::{Duration, Instant};

use domain::viewer::{Scope, Viewer};
use entity::{PartnerId, Role};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::json;
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given},
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

/// How many statements of plans wait for a lock.
async fn waiting(connection: &impl ConnectionTrait) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%ROW(%'";
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Postgres, waiting));
    row.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
