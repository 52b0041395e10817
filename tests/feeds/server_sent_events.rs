//! A feed over server-sent events, as a browser's `EventSource` follows it.

use futures_util::StreamExt;
use serde_json::Value;

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

/// `subscription { events { position } }`, as an address spells it.
const FEED: &str = "subscription%7Bevents%7Bposition%7D%7D";

on_both_databases!(a_browser_that_reconnects_goes_on_after_the_last_event_it_saw);

async fn a_browser_that_reconnects_goes_on_after_the_last_event_it_saw(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let start =
        ordergate::events::log::extent(app.app.store.readers(), world.tenant_id).await.unwrap();
    world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;

    let first = listen(&server, &key, &start.latest_cursor().to_string(), 2).await;
    let rest = listen(&server, &key, &first[1].0, 2).await;
    let positions: Vec<_> = first.iter().chain(&rest).map(|(_, position)| *position).collect();
    assert_eq!(positions, [1, 2, 3, 4]);
}

/// The id and position of so many events after the one that `Last-Event-ID` names.
async fn listen(
    server: &Server,
    key: &str,
    last_event_id: &str,
    count: usize,
) -> Vec<(String, i64)> {
    let answer = client()
        .get(format!("http://{}/graphql?query={FEED}", server.address))
        .bearer_auth(key)
        .header("accept", "text/event-stream")
        .header("last-event-id", last_event_id)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let mut body = answer.bytes_stream();
    let (mut text, mut heard) = (String::new(), Vec::new());
    while heard.len() < count {
        let chunk = body.next().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            heard.extend(read(event));
            text = rest.to_owned();
        }
    }
    heard.truncate(count);
    heard
}

fn read(event: &str) -> Option<(String, i64)> {
    let field = |name| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if field("event:") != Some("next") {
        return None;
    }
    let data: Value = serde_json::from_str(field("data:")?).unwrap();
    let position = data["data"]["events"]["position"].as_str().unwrap().parse().unwrap();
    Some((field("id:")?.to_owned(), position))
}
