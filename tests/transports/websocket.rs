//! Operations that share a socket.

use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given,
        server::{Server, key_for},
        subscriber::Socket,
    },
};

const FEED: &str = "subscription { events { position } }";

on_both_databases!(what_is_wrong_with_one_operation_does_not_concern_the_others);

async fn what_is_wrong_with_one_operation_does_not_concern_the_others(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("feed", FEED, Value::Null).await;

    let deep = format!("{}{}", "[".repeat(34), "]".repeat(34));
    let too_deep_for_json = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for (variable, says) in [
        (r#""\u0000""#, "U+0000"),
        (deep.as_str(), "levels deep"),
        (too_deep_for_json.as_str(), "recursion limit"),
        (r#""\ud83d""#, "hex escape"),
        ("1e400", "number out of range"),
    ] {
        let payload = format!(
            r#"{{"query":"query($v: String) {{ orders(filter: {{ text: $v }}) {{ totalCount }} }}","variables":{{"v":{variable}}}}}"#
        );
        socket.say(format!(r#"{{"type":"subscribe","id":"bad","payload":{payload}}}"#)).await;
        let message = socket.receive().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("bad")));
        let told = message["payload"][0]["message"].as_str().unwrap();
        assert!(told.contains(says), "{variable:.40}: {told}");
    }

    // The same id is free again, and the feed goes on.
    socket.subscribe("bad", "{ viewer { role } }", Value::Null).await;
    assert_eq!(socket.next().await["data"]["viewer"]["role"], "ADMIN");
    assert_eq!(socket.receive().await["type"], "complete");
    world.pending_order(&app, &[world.instant_offer]).await;
    assert_eq!(socket.receive().await["id"], "feed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_operation_at_all_ends_the_socket() {
    let app = TestApp::start(Database::sqlite()).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    for payload in ["null", "[]", "{}", r#"{"query":7}"#, r#"{"query":"{a}","variables":[]}"#] {
        let mut socket = Socket::open(server.address, &key).await;
        socket.say(format!(r#"{{"type":"subscribe","id":"1","payload":{payload}}}"#)).await;
        assert_eq!(socket.closed_with().await, 4400, "{payload}");
    }
}
