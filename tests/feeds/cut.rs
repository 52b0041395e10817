//! A watcher that is cut again and again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use ordergate::{
    events::log,
    services::orders::{
        cancel::{CancelOrder, cancel_order},
        create::create_order,
    },
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
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

const CUTS: usize = 200;
const WRITERS: usize = 16;
const FEED: &str = "subscription($after: FeedCursor) { events(after: $after) { position } }";

on_both_databases!(a_watcher_that_is_cut_gets_every_event_once_and_in_order);

async fn a_watcher_that_is_cut_gets_every_event_once_and_in_order(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let world = Arc::new(given::world(&app).await);
    let server = Server::start(&app).await;
    let key = key_for(&app, &world.admin, &world.admin).await;
    let start = log::extent(app.app.store.readers(), world.tenant_id).await.unwrap();
    let (enough, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (app, world) = (app.clone(), world.clone());
            let (enough, written) = (enough.clone(), written.clone());
            tokio::spawn(async move {
                while !enough.load(Ordering::Relaxed) {
                    order_and_cancel(&app, &world).await;
                    written.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();

    let mut random = StdRng::seed_from_u64(20_261_121);
    let mut cursor = start.latest_cursor().to_string();
    let mut received = Vec::new();
    for _ in 0..CUTS {
        let mut socket = Socket::open(server.address, &key).await;
        socket.subscribe("feed", FEED, json!({ "after": cursor })).await;
        for _ in 0..random.random_range(1..40) {
            cursor = take(&socket.next().await, &mut received);
        }
        // Dropped without a word, with events on their way.
    }
    enough.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    app.all_positions_given().await;
    let head = log::extent(app.app.store.readers(), world.tenant_id).await.unwrap().latest;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("feed", FEED, json!({ "after": cursor })).await;
    while received.last().copied() != Some(head) {
        take(&socket.next().await, &mut received);
    }
    assert_eq!(received, (start.latest + 1..=head).collect::<Vec<_>>());
    println!(
        "{} events of {} orders by {WRITERS} writers, received across {CUTS} cuts: none lost, none repeated",
        received.len(),
        written.load(Ordering::Relaxed)
    );
}

/// Notes the position of an event and gives its cursor.
fn take(payload: &Value, received: &mut Vec<i64>) -> String {
    let position = payload["data"]["events"]["position"].as_str().unwrap();
    received.push(position.parse().unwrap());
    payload["extensions"]["cursor"].as_str().unwrap().to_owned()
}

async fn order_and_cancel(app: &TestApp, world: &given::World) {
    let id = app
        .perform(&world.customer, world.buying(&[world.instant_offer]), create_order)
        .await
        .unwrap();
    let cancel = CancelOrder { order_id: id, expected_version: None, reason: None };
    app.perform(&world.customer, cancel, cancel_order).await.unwrap();
}
