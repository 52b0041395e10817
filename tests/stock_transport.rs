//! Why the transports are our own: what async-graphql-axum's service does with requests that it should turn down.
//!
//! When one of these fails, the package has changed, and the reason in ARCHITECTURE.md has to be looked at again.

use async_graphql::{EmptySubscription, Object, Schema};
use async_graphql_axum::GraphQL;
use axum::{Router, routing::get_service};
use serde_json::Value;

use crate::support::http::client;

struct Query;
struct Mutation;

#[Object]
impl Query {
    async fn fine(&self) -> bool {
        true
    }
}

#[Object]
impl Mutation {
    async fn change(&self) -> bool {
        true
    }
}

async fn serve() -> String {
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let service = GraphQL::new(schema);
    let router =
        Router::new().route("/graphql", get_service(service.clone()).post_service(service));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/graphql", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// So a link that is followed, or prefetched, changes something.
#[tokio::test]
async fn the_stock_service_executes_a_mutation_sent_with_get() {
    let url = format!("{}?query=mutation%7Bchange%7D", serve().await);
    let answer: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["change"], true);
}

/// So a form on any page can send one without the browser asking first.
#[tokio::test]
async fn the_stock_service_executes_a_mutation_sent_as_plain_text() {
    let answer = client()
        .post(serve().await)
        .header("content-type", "text/plain")
        .body(r#"{"query":"mutation{change}"}"#)
        .send()
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["data"]["change"], true);
}
