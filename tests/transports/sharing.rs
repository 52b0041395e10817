//! Callers and tenants that ask at the same time.

use futures_util::future::join_all;
use ordergate::http::HttpConfig;
use serde_json::Value;

use super::{code, post, query};
use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        http::client,
        server::{Server, key_for},
    },
};

const ORDERS: &str = "{ orders(first: 20) { totalCount nodes { id customer { name } } } }";

on_both_databases!(
    whoever_must_wait_is_served_in_the_end,
    where_too_many_wait_the_others_are_told_to_come_back_and_another_tenant_is_served,
);

fn config() -> HttpConfig {
    HttpConfig { queries_per_second: 0, mutations_per_second: 0, ..HttpConfig::default() }
}

/// The codes of so many answers to questions that come all at once; empty where one was served.
async fn ask_at_once(server: &Server, key: &str, count: usize) -> Vec<String> {
    // Made beforehand: each has a client of its own, which takes longer to make than an answer.
    let questions: Vec<_> =
        (0..count).map(|_| post(server, &query(ORDERS)).bearer_auth(key)).collect();
    let asked = questions.into_iter().map(|question| async {
        let answer = question.send().await.unwrap();
        let status = answer.status();
        let waits = answer.headers().contains_key("retry-after");
        let code = code(&answer.json::<Value>().await.unwrap());
        assert_eq!(status == 503, code == "RESOURCE_EXHAUSTED");
        assert_eq!(waits, !code.is_empty());
        code
    });
    join_all(asked).await
}

async fn whoever_must_wait_is_served_in_the_end(database: Database) {
    let app = TestApp::start(database).await;
    let (one, other) = (given::world(&app).await, given::world(&app).await);
    let config = HttpConfig { in_flight: 4, in_flight_per_tenant: 2, ..config() };
    let server = Server::start_with(&app, config).await;
    let keys = [
        key_for(&app, &one.admin, &one.admin).await,
        key_for(&app, &one.admin, &one.seller()).await,
        key_for(&app, &other.admin, &other.admin).await,
    ];
    let answers = join_all(keys.iter().map(|key| ask_at_once(&server, key, 25))).await;
    assert!(answers.concat().iter().all(String::is_empty), "{answers:?}");
}

async fn where_too_many_wait_the_others_are_told_to_come_back_and_another_tenant_is_served(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let (greedy, modest) = (given::world(&app).await, given::world(&app).await);
    let config = HttpConfig { in_flight_per_tenant: 1, waiting: 8, ..config() };
    let server = Server::start_with(&app, config).await;
    let greedy = key_for(&app, &greedy.admin, &greedy.admin).await;
    let modest = key_for(&app, &modest.admin, &modest.admin).await;
    let ready = format!("http://{}/readyz", server.address);
    let (of_greedy, of_modest, ready) =
        tokio::join!(ask_at_once(&server, &greedy, 90), ask_at_once(&server, &modest, 2), async {
            client().get(ready).send().await.unwrap().status()
        },);
    assert!(of_modest.iter().all(String::is_empty), "{of_modest:?}");
    assert!(of_greedy.iter().any(|code| code == "RESOURCE_EXHAUSTED"), "{of_greedy:?}");
    assert!(of_greedy.iter().any(String::is_empty), "{of_greedy:?}");
    assert_eq!(ready, 200);
}
