//! What an operator can read of a node.

use std::time::Duration;

use ordergate::http::HttpConfig;
use serde_json::{Value, json};

use super::{post, query};
use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        http::client,
        server::{Server, key_for},
        subscriber::Socket,
    },
};

on_both_databases!(metrics_say_what_was_done_and_what_waits_and_name_nobody);

async fn metrics_say_what_was_done_and_what_waits_and_name_nobody(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let config = HttpConfig { metrics: true, connections_per_address: 8, ..HttpConfig::default() };
    let server = Server::start_with(&app, config).await;
    let key = key_for(&app, &world.admin, &world.admin).await;

    server.post(&key, "query Secretive { viewer { role } }", Value::Null).await;
    server.post(&key, "query Secretive { noSuchField }", Value::Null).await;
    let delete = "mutation { deleteOrder(input: { id: \"order_01980000000070008000000000000000\" }) { userErrors { code } } }";
    server.post(&key, delete, Value::Null).await;
    post(&server, &query("{ viewer { role } }")).bearer_auth("a guess").send().await.unwrap();
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("1", "{ viewer { role } }", Value::Null).await;
    socket.next().await;
    // Nobody starts it: jobs run when a test says so.
    world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;

    let text = server.get("/metrics").await;
    for line in [
        concat!("ordergate_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\",database=\""),
        "ordergate_requests_total{transport=\"http\",operation=\"query\",outcome=\"OK\"} 1",
        "ordergate_requests_total{transport=\"http\",operation=\"mutation\",outcome=\"OK\"} 1",
        "ordergate_requests_total{transport=\"http\",operation=\"unread\",outcome=\"UNAUTHENTICATED\"} 1",
        "ordergate_requests_total{transport=\"websocket\",operation=\"query\",outcome=\"OK\"} 1",
        "ordergate_request_duration_seconds_count{transport=\"http\",operation=\"mutation\"} 1",
        "ordergate_sign_ins_total{outcome=\"ok\"} 4",
        "ordergate_sign_ins_total{outcome=\"wrong\"} 1",
        "ordergate_refusals_total{code=\"ORDER_NOT_FOUND\"} 1",
        "ordergate_in_flight{kind=\"query\"} 0",
        "ordergate_waiting{kind=\"mutation\"} 0",
        "ordergate_watchers 1",
        "ordergate_feed_groups 0",
        "ordergate_database_connections{pool=\"readers\",state=\"in_use\"}",
        "ordergate_database_statements_failed_total 0",
        "ordergate_queue_oldest_seconds{queue=\"events_without_position\"} 0",
    ] {
        assert!(text.lines().any(|it| it.starts_with(line)), "{line} is not in\n{text}");
    }
    let failed = "outcome=\"GRAPHQL_VALIDATION_FAILED\"} 1";
    assert!(text.lines().any(|it| it.ends_with(failed)), "{text}");
    assert!(number(&text, "ordergate_database_statements_total ") > 0.0);
    for name in ["Secretive", &key[3..15], &world.tenant_id.0.simple().to_string()] {
        assert!(!text.contains(name), "{name} is in\n{text}");
    }
}

fn number(metrics: &str, name: &str) -> f64 {
    metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse().unwrap()
}

on_both_databases!(what_could_go_on_and_does_not_is_seen_to_wait);

async fn what_could_go_on_and_does_not_is_seen_to_wait(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let config = HttpConfig { metrics: true, ..HttpConfig::default() };
    let server = Server::start_with(&app, config).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    app.advance(chrono::TimeDelta::minutes(7));
    let text = server.get("/metrics").await;
    let waits = number(&text, "ordergate_queue_oldest_seconds{queue=\"orders_to_start\"} ");
    assert!((waits - 420.0).abs() < 0.001, "{waits}");
    let waits = number(&text, "ordergate_queue_oldest_seconds{queue=\"lines_to_carry_out\"} ");
    assert!(waits.abs() < 0.001, "{waits}");

    app.start_jobs();
    let done = "ordergate_job_runs_total{job=\"provisioning\",outcome=\"done\"} ";
    let counted = async {
        while !server.get("/metrics").await.contains(done) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), counted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_of_an_address_are_counted() {
    let app = TestApp::start(Database::sqlite()).await;
    let config = HttpConfig { metrics: true, connections_per_address: 3, ..HttpConfig::default() };
    let server = Server::start_with(&app, config).await;
    let request = || crate::support::subscriber::request(server.address);
    let kept =
        [Socket::connect(request()).await.unwrap(), Socket::connect(request()).await.unwrap()];
    let page = client().get(format!("http://{}/metrics", server.address));
    // The third one is of a client that keeps it for its next request.
    let client = client();
    let metrics = format!("http://{}/metrics", server.address);
    client.get(&metrics).send().await.unwrap().text().await.unwrap();
    assert!(page.send().await.is_err(), "a fourth connection");
    let text = client.get(&metrics).send().await.unwrap().text().await.unwrap();
    assert!(number(&text, "ordergate_connections_refused_total{limit=\"address\"} ") >= 1.0);
    drop(kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_the_release() {
    let app = TestApp::start(Database::sqlite()).await;
    let server = Server::start(&app).await;
    let health: Value = serde_json::from_str(&server.get("/healthz").await).unwrap();
    assert_eq!(health, json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }));
}
