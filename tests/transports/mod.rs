//! What clients meet before the schema does.

mod approval_links;
mod cors;
mod documents;
mod limits;
mod log;
mod metrics;
mod persisted_queries;
mod sharing;
mod sign_in;
mod traces;
mod websocket;

use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{http::client, server::Server};

/// A request to the server's one address, yet to be sent.
fn post(server: &Server, body: &Value) -> RequestBuilder {
    client().post(format!("http://{}/graphql", server.address)).json(body)
}

fn query(text: &str) -> Value {
    json!({ "query": text })
}

/// The status and the code of the first error.
async fn refusal(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, code(&body))
}

fn code(answer: &Value) -> String {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
}
