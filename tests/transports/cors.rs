//! Pages of other origins.

use ordergate::http::HttpConfig;
use reqwest::{Method, Response, header::HeaderMap};

use super::{post, query};
use crate::support::{
    app::TestApp, database::Database, http::client, server::Server, subscriber::Socket,
};

/// What tracing, monitoring and clients of GraphQL add, and what nobody has thought of.
const HEADERS: &str = "authorization,content-type,traceparent,tracestate,baggage,sentry-trace,\
    apollographql-client-name,apollographql-client-version,accept,cache-control,x-anything";

async fn server(origins: &str) -> (TestApp, Server) {
    let app = TestApp::start(Database::sqlite()).await;
    let allowed_origins = origins.parse().unwrap();
    let server =
        Server::start_with(&app, HttpConfig { allowed_origins, ..HttpConfig::default() }).await;
    (app, server)
}

async fn preflight(server: &Server, origin: &str) -> Response {
    client()
        .request(Method::OPTIONS, format!("http://{}/graphql", server.address))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", HEADERS)
        .send()
        .await
        .unwrap()
}

fn allowed_origin(headers: &HeaderMap) -> Option<&str> {
    headers.get("access-control-allow-origin").map(|origin| origin.to_str().unwrap())
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_send_whatever_headers_it_asks_for() {
    let (_app, server) = server("HTTPS://Shop.Example:443/, https://portal.example").await;
    for origin in ["https://shop.example", "https://portal.example"] {
        let answer = preflight(&server, origin).await;
        assert!(answer.status().is_success());
        assert_eq!(allowed_origin(answer.headers()), Some(origin));
        assert_eq!(answer.headers()["access-control-allow-headers"], HEADERS);
    }
    let stranger = preflight(&server, "https://evil.example").await;
    assert_eq!(allowed_origin(stranger.headers()), None);
}

#[tokio::test]
async fn an_asterisk_allows_pages_of_every_origin_also_to_open_a_websocket() {
    let (_app, server) = server("*").await;
    let answer = post(&server, &query("{ __typename }"))
        .header("origin", "https://any.example")
        .send()
        .await
        .unwrap();
    assert_eq!(allowed_origin(answer.headers()), Some("*"));
    assert_eq!(preflight(&server, "https://any.example").await.status(), 200);
    Socket::connect_from(server.address, "https://any.example").await.unwrap();
}

#[tokio::test]
async fn a_page_of_another_origin_may_open_no_websocket() {
    let (_app, server) = server("https://shop.example").await;
    assert!(Socket::connect_from(server.address, "https://shop.example").await.is_ok());
    assert!(Socket::connect_from(server.address, "https://evil.example").await.is_err());
}
