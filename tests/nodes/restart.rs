//! Nodes are replaced one after the other, by newer ones.

use ordergate::events::log;
use sea_orm::{ActiveValue::Set, ConnectionTrait, Database as SeaOrm, EntityTrait};
use serde_json::{Value, json};

use super::{FEED, nodes};
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

const RESTART: u16 = 1012;
const ROUNDS: usize = 3;

on_both_databases!(a_node_works_on_the_schema_of_the_next_release);

async fn a_node_works_on_the_schema_of_the_next_release(database: Database) {
    let app = TestApp::start(database).await;
    let store = &app.app.store;
    let schema = SeaOrm::connect(&app.database.url).await.unwrap();
    schema.execute_unprepared("ALTER TABLE \"order\" ADD COLUMN color TEXT").await.unwrap();
    schema.execute_unprepared("CREATE TABLE quote (id BIGINT PRIMARY KEY)").await.unwrap();
    let step = migration::seaql_migrations::ActiveModel {
        version: Set("m20990101_000001_quotes".to_owned()),
        applied_at: Set(0),
    };
    migration::seaql_migrations::Entity::insert(step)
        .exec_without_returning(&schema)
        .await
        .unwrap();
    schema.close().await.unwrap();

    assert_eq!(store.pending_migrations().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    store.ready().await.unwrap();
    let world = given::world_with_approval(&app, false).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    app.run_jobs().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_of_a_node_that_stops_goes_on_at_another() {
    let nodes = nodes(2).await;
    let world = given::world(&nodes[0]).await;
    let key = key_for(&nodes[0], &world.admin, &world.admin).await;
    let start = log::extent(nodes[0].app.store.readers(), world.tenant_id).await.unwrap();
    let mut cursor = start.latest_cursor().to_string();
    let mut received = Vec::new();
    for round in 0..ROUNDS {
        let server = Server::start(&nodes[round % 2]).await;
        let mut socket = Socket::open(server.address, &key).await;
        socket.subscribe("feed", FEED, json!({ "after": cursor })).await;
        world.pending_order(&nodes[0], &[world.instant_offer]).await;
        cursor = take(&socket.next().await, &mut received);
        // With events on their way.
        world.pending_order(&nodes[1], &[world.instant_offer]).await;
        drop(server);
        assert_eq!(socket.closed_with().await, RESTART);
    }
    nodes[0].all_positions_given().await;
    let head = log::extent(nodes[0].app.store.readers(), world.tenant_id).await.unwrap().latest;
    let server = Server::start(&nodes[0]).await;
    let mut socket = Socket::open(server.address, &key).await;
    socket.subscribe("feed", FEED, json!({ "after": cursor })).await;
    while received.last() != Some(&head) {
        take(&socket.next().await, &mut received);
    }
    assert_eq!(received, (start.latest + 1..=head).collect::<Vec<_>>());
}

/// Notes the position of an event and gives its cursor.
fn take(payload: &Value, received: &mut Vec<i64>) -> String {
    let position = payload["data"]["events"]["position"].as_str().unwrap();
    received.push(position.parse().unwrap());
    payload["extensions"]["cursor"].as_str().unwrap().to_owned()
}
