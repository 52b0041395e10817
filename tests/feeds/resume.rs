//! What a client that comes back is told when it cannot go on.

use chrono::TimeDelta;
use ordergate::{
    events::{cursor::Cursor, log},
    jobs,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given::{self, World},
        server::{Server, key_for},
        subscriber::Socket,
    },
};

const FEED: &str = "subscription($after: FeedCursor) { events(after: $after) { position } }";

on_both_databases!(
    a_cursor_that_cannot_be_followed_is_refused_with_the_way_to_go_on,
    a_text_that_is_no_cursor_is_refused,
);

async fn a_cursor_that_cannot_be_followed_is_refused_with_the_way_to_go_on(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let extent = extent(&app, &world).await;

    let elsewhere = Cursor { epoch: Uuid::new_v4(), position: 1 };
    let refused = refusal(&server, &key, elsewhere).await;
    assert_eq!(refused["reason"], "EPOCH_CHANGED");
    assert_eq!(refused["latest"], extent.latest_cursor().to_string());

    let ahead = Cursor { position: extent.latest + 1, ..extent.latest_cursor() };
    assert_eq!(refusal(&server, &key, ahead).await["reason"], "PAST_HEAD");

    let begin = extent.earliest_cursor();
    app.advance(TimeDelta::days(40));
    jobs::run_due(&app.app, Some(TimeDelta::days(30))).await.unwrap();
    let refused = refusal(&server, &key, begin).await;
    assert_eq!(refused["reason"], "HISTORY_GONE");
    assert_eq!(refused["earliest"], extent.latest_cursor().to_string());

    // The cursor it was told to follow works, and what happens next arrives.
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("feed", FEED, json!({ "after": refused["latest"] })).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    let next = socket.next().await;
    assert_eq!(next["data"]["events"]["position"], (extent.latest + 1).to_string());
}

async fn a_text_that_is_no_cursor_is_refused(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("feed", FEED, json!({ "after": "yesterday" })).await;
    let message = socket.receive().await;
    assert_eq!(message["type"], "error");
    assert_eq!(message["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
}

/// The extensions of the typed refusal that answers this cursor.
async fn refusal(server: &Server, key: &str, after: Cursor) -> Value {
    let mut socket = Socket::open(server.address, key).await;
    socket.subscribe("feed", FEED, json!({ "after": after.to_string() })).await;
    let mut message = socket.receive().await;
    assert_eq!(message["type"], "error", "{message}");
    let extensions = message["payload"][0]["extensions"].take();
    assert_eq!(extensions["code"], "RESUME_GAP");
    extensions
}

async fn extent(app: &TestApp, world: &World) -> log::Extent {
    log::extent(app.app.store.readers(), world.tenant_id).await.unwrap()
}
