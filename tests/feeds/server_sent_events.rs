//! A feed over server-sent events, as a browser's `EventSource` follows it.

use futures_util::StreamExt;
use ordergate::events::cursor::Cursor;
use reqwest::Response;
use serde_json::Value;
use uuid::Uuid;

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

on_both_databases!(
    a_browser_that_reconnects_goes_on_after_the_last_event_it_saw,
    a_browser_that_was_told_of_a_gap_goes_on_after_it,
    a_browser_that_asks_again_what_was_answered_to_its_end_is_told_to_leave_it,
);

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

async fn a_browser_that_was_told_of_a_gap_goes_on_after_it(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let extent =
        ordergate::events::log::extent(app.app.store.readers(), world.tenant_id).await.unwrap();

    let elsewhere = Cursor { epoch: Uuid::new_v4(), position: 7 };
    let events = all(ask(&server, &key, FEED, &elsewhere.to_string()).await).await;
    let told = field(&events[0], "data:").unwrap();
    assert!(told.contains("RESUME_GAP"), "{told}");
    // What a browser keeps for its next try is the last id that it has read.
    let last_id = events.iter().rev().find_map(|event| field(event, "id:")).unwrap();
    assert_eq!(last_id, extent.latest_cursor().to_string());

    world.pending_order(&app, &[world.instant_offer]).await;
    app.all_positions_given().await;
    assert_eq!(listen(&server, &key, last_id, 1).await[0].1, extent.latest + 1);
}

async fn a_browser_that_asks_again_what_was_answered_to_its_end_is_told_to_leave_it(
    database: Database,
) {
    const QUERY: &str = "%7Bviewer%7Brole%7D%7D";
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    // A query, a document that is not valid, and a feed that may not begin where it is asked to.
    for (question, last_event_id) in [(QUERY, ""), ("%7BnoSuchField%7D", ""), (FEED, "nonsense")] {
        let events = all(ask(&server, &key, question, last_event_id).await).await;
        let last = events.last().unwrap();
        assert_eq!(field(last, "event:"), Some("complete"), "{events:?}");
        let again = ask(&server, &key, question, field(last, "id:").unwrap()).await;
        assert_eq!(again.status(), 204, "{question}");
    }
}

/// The id and position of so many events after the one that `Last-Event-ID` names.
async fn listen(
    server: &Server,
    key: &str,
    last_event_id: &str,
    count: usize,
) -> Vec<(String, i64)> {
    let answer = ask(server, key, FEED, last_event_id).await;
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

async fn ask(server: &Server, key: &str, question: &str, last_event_id: &str) -> Response {
    client()
        .get(format!("http://{}/graphql?query={question}", server.address))
        .bearer_auth(key)
        .header("accept", "text/event-stream")
        .header("last-event-id", last_event_id)
        .send()
        .await
        .unwrap()
}

/// The events of an answer that ends.
async fn all(answer: Response) -> Vec<String> {
    let text = answer.text().await.unwrap();
    text.split_terminator("\n\n").filter(|it| *it != ":").map(str::to_owned).collect()
}

fn field<'a>(event: &'a str, name: &str) -> Option<&'a str> {
    event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn read(event: &str) -> Option<(String, i64)> {
    if field(event, "event:") != Some("next") {
        return None;
    }
    let data: Value = serde_json::from_str(field(event, "data:")?).unwrap();
    let position = data["data"]["events"]["position"].as_str().unwrap().parse().unwrap();
    Some((field(event, "id:")?.to_owned(), position))
}
