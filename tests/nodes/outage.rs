//! The database is away for a while.

use std::time::{Duration, Instant};

use ordergate::events::log;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{FEED, PATIENCE, completed, nodes};
use crate::support::{
    given,
    http::client,
    server::{Server, key_for},
    subscriber::Socket,
};

const CREATE: &str = "mutation($input: CreateOrderInput!) {
    createOrder(input: $input) { order { id } userErrors { code message } }
}";
/// Three seconds, and what a busy machine needs besides.
const ANSWERED_WITHIN: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn nodes_say_that_the_database_is_away_and_go_on_by_themselves_when_it_is_back() {
    let nodes = nodes(2).await;
    let world = given::world_with_approval(&nodes[0], false).await;
    for node in &nodes {
        node.join_nodes();
        node.start_jobs();
    }
    let buyer = key_for(&nodes[0], &world.admin, &world.customer).await;
    let watcher = key_for(&nodes[0], &world.admin, &world.admin).await;
    let start = log::extent(nodes[0].app.store.readers(), world.tenant_id).await.unwrap();
    let (here, there) = (Server::start(&nodes[0]).await, Server::start(&nodes[1]).await);
    let mut socket = Socket::open(there.address, &watcher).await;
    socket.subscribe("feed", FEED, json!({ "after": start.latest_cursor().to_string() })).await;
    let offer = format!("offer_{}", world.instant_offer.0.simple());
    let order = |key: &str| {
        let lines = json!([{ "offerId": offer, "quantity": 1 }]);
        json!({ "input": { "lines": lines, "submit": true, "idempotencyKey": key } })
    };
    let (status, answer) = post(&here, &buyer, &order("first")).await;
    assert_eq!((status, &answer["data"]["createOrder"]["userErrors"]), (200, &json!([])));

    let database = &nodes[0].database;
    database.let_connect(false).await;
    database.cut_all_connections().await;
    // For a second, a node remembers who called; after that, it cannot begin anything without its database.
    sleep(Duration::from_millis(1_100)).await;
    let asked = Instant::now();
    let (status, answer) = post(&here, &buyer, &order("second")).await;
    assert!(asked.elapsed() < ANSWERED_WITHIN);
    assert_eq!((status, code(&answer)), (503, "UNAVAILABLE"), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["retryAfter"], 1);
    database.let_connect(true).await;

    let ordered = async {
        loop {
            let (_, answer) = post(&here, &buyer, &order("second")).await;
            if answer.get("errors").is_none() {
                return answer;
            }
            assert_eq!(code(&answer), "UNAVAILABLE", "{answer}");
            sleep(Duration::from_millis(50)).await;
        }
    };
    let answer = timeout(PATIENCE, ordered).await.unwrap();
    assert_eq!(answer["data"]["createOrder"]["userErrors"], json!([]));
    completed(&nodes[1], 2).await;
    nodes[0].all_positions_given().await;
    let head = log::extent(nodes[0].app.store.readers(), world.tenant_id).await.unwrap().latest;
    for position in start.latest + 1..=head {
        let payload = socket.next().await;
        assert_eq!(payload["data"]["events"]["position"], position.to_string());
    }
}

async fn post(server: &Server, key: &str, variables: &Value) -> (u16, Value) {
    let answer = client()
        .post(format!("http://{}/graphql", server.address))
        .bearer_auth(key)
        .json(&json!({ "query": CREATE, "variables": variables }))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}
