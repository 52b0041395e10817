//! Who watches on one node sees what happens on another.

use std::{sync::Arc, time::Duration};

use ordergate::{events::log, wakeups::Hint};
use serde_json::json;
use tokio::time::timeout;

use super::{FEED, PATIENCE, nodes};
use crate::support::{
    app::TestApp,
    given::{self, World},
    server::{Server, key_for},
    subscriber::Socket,
};

const WRITERS: usize = 4;
const ORDERS_EACH: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_what_happens_on_every_node() {
    let nodes = nodes(3).await;
    for node in &nodes {
        node.join_nodes();
    }
    watch_everything(&nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_sees_it_also_where_nodes_do_not_wake_each_other() {
    watch_everything(&nodes(2).await).await;
}

/// Without a poll in between: the only listener here does not poll.
#[tokio::test(flavor = "multi_thread")]
async fn news_of_one_node_wakes_the_others_and_goes_on_doing_so_when_connections_are_cut() {
    let nodes = nodes(2).await;
    let world = given::world(&nodes[0]).await;
    let mut hints = nodes[1].app.store.wakeups().listen();
    nodes[0].join_nodes();
    nodes[1].join_nodes();
    for cut in [false, true] {
        if cut {
            nodes[0].database.cut_all_connections().await;
            // A connection that was used within the last second is taken as alive.
            tokio::time::sleep(Duration::from_millis(1_100)).await;
        }
        // Hints may be lost until the line is up, never for ever.
        let heard = async {
            loop {
                world.pending_order(&nodes[0], &[world.instant_offer]).await;
                let hint = timeout(Duration::from_millis(100), hints.next()).await;
                if hint == Ok(Hint::LogGrew(world.tenant_id)) {
                    break;
                }
            }
        };
        timeout(PATIENCE, heard).await.unwrap();
    }
}

/// Writes on every node and watches on every node: each watcher gets each event once and in order.
async fn watch_everything(nodes: &[Arc<TestApp>]) {
    let world = Arc::new(given::world(&nodes[0]).await);
    let key = key_for(&nodes[0], &world.admin, &world.admin).await;
    let start = log::extent(nodes[0].app.store.readers(), world.tenant_id).await.unwrap();
    let mut servers = Vec::new();
    let mut sockets = Vec::new();
    for node in nodes {
        let server = Server::start(node).await;
        let mut socket = Socket::open(server.address, &key).await;
        let after = start.latest_cursor().to_string();
        socket.subscribe("feed", FEED, json!({ "after": after })).await;
        sockets.push(socket);
        servers.push(server);
    }
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| tokio::spawn(order(nodes[writer % nodes.len()].clone(), world.clone())))
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    nodes[0].all_positions_given().await;
    let head = log::extent(nodes[0].app.store.readers(), world.tenant_id).await.unwrap().latest;
    assert!(head >= i64::try_from(WRITERS * ORDERS_EACH).unwrap());
    for mut socket in sockets {
        for position in start.latest + 1..=head {
            let payload = socket.next().await;
            assert_eq!(payload["data"]["events"]["position"], position.to_string());
        }
    }
}

async fn order(node: Arc<TestApp>, world: Arc<World>) {
    for _ in 0..ORDERS_EACH {
        world.pending_order(&node, &[world.instant_offer]).await;
    }
}
