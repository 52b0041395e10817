//! What the database cannot do now and then, and what callers are told of it.

mod backup;
mod commit;
mod cut_short;
mod full;
mod kept_connections;
mod locked;

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};

use crate::support::http::client;

/// How long something that happens by itself may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);
const CREATE: &str = "mutation($input: CreateProductInput!) {
    createProduct(input: $input) { product { code } userErrors { code message } }
}";

/// Posts a document and gives the status and the answer.
async fn post(address: SocketAddr, key: &str, query: &str, variables: &Value) -> (u16, Value) {
    let answer = client()
        .post(format!("http://{address}/graphql"))
        .bearer_auth(key)
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// What creates a product with this code, once.
fn product(code: &str) -> Value {
    json!({ "input": { "code": code, "name": code, "vendor": "Fabrikam", "idempotencyKey": code } })
}

/// What the server says of itself.
async fn readiness(address: SocketAddr) -> (u16, Value) {
    let answer = client().get(format!("http://{address}/readyz")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Waits until the server says that it can serve.
async fn ready(address: SocketAddr) {
    let waiting = async {
        while readiness(address).await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap();
}
