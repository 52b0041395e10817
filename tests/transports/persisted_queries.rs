//! Clients that send the hash of a document first, and the document only when they are told to.

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::post;
use crate::support::{
    app::TestApp,
    database::Database,
    given,
    http::client,
    server::{Server, key_for},
    subscriber::Socket,
};

const CODE: &str = "PERSISTED_QUERY_NOT_SUPPORTED";
/// Clients look for exactly this.
const MESSAGE: &str = "PersistedQueryNotSupported";

fn extensions() -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": "ab".repeat(32) } })
}

fn check(errors: &Value) {
    assert_eq!(errors[0]["message"], MESSAGE, "{errors}");
    assert_eq!(errors[0]["extensions"]["code"], CODE, "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_alone_is_answered_in_the_way_that_clients_fall_back_on() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;

    for (accept, status) in
        [("application/json", 200), ("application/graphql-response+json", 400), ("*/*", 200)]
    {
        let hash_only = json!({ "operationName": "A", "extensions": extensions() });
        let answer = post(&server, &hash_only).bearer_auth(&key).header("accept", accept);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), status, "{accept}");
        check(&answer.json::<Value>().await.unwrap()["errors"]);
    }
    let with_document = json!({ "query": "{ viewer { role } }", "extensions": extensions() });
    let answer = post(&server, &with_document).bearer_auth(&key).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["data"]["viewer"]["role"], "ADMIN");

    let address = format!("http://{}/graphql", server.address);
    let address = url::Url::parse_with_params(&address, [("extensions", extensions().to_string())]);
    let address = address.unwrap();
    let answer = client().get(address.clone()).bearer_auth(&key).send().await.unwrap();
    check(&answer.json::<Value>().await.unwrap()["errors"]);

    let stream = client().get(address).bearer_auth(&key).header("accept", "text/event-stream");
    let mut stream = stream.send().await.unwrap().bytes_stream();
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    let data = text.lines().find_map(|line| line.strip_prefix("data: {")).unwrap();
    check(&serde_json::from_str::<Value>(&format!("{{{data}")).unwrap()["errors"]);

    let mut socket = Socket::open(server.address, &key).await;
    let payload = json!({ "extensions": extensions() });
    socket.send(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    let message = socket.receive().await;
    assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")));
    check(&message["payload"]);
    // The same id again, now with the document, as the client does it.
    socket.subscribe("1", "{ viewer { role } }", Value::Null).await;
    assert_eq!(socket.next().await["data"]["viewer"]["role"], "ADMIN");
}
