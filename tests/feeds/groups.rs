//! Watchers who see the same share their executions, and an event is executed only for those whom it concerns.

use std::ops::Range;

use entity::OrderId;
use ordergate::{
    events::{cursor::Cursor, log},
    graphql::id::Id,
    http::HttpConfig,
    services::orders::cancel::{CancelOrder, cancel_order},
};
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

on_both_databases!(
    an_event_is_executed_once_for_all_who_see_the_same,
    whoever_resumes_shares_as_well,
    many_who_come_back_after_a_silence_share_at_once,
    an_event_is_executed_only_for_those_who_want_it,
    answers_about_the_caller_are_not_shared,
    what_waits_for_the_caller_is_not_shared,
);

const LEAN: &str = "subscription($after: FeedCursor) { orderStatusChanged(after: $after) { position to orderId } }";
const EVERYTHING: &str = "subscription($after: FeedCursor) { events(after: $after) { position } }";
const OF_ORDERS: &str = "subscription($ids: [ID!], $after: FeedCursor) {
    orderStatusChanged(filter: { orderIds: $ids }, after: $after) { position to orderId }
}";
const PERSONAL: &str =
    "subscription { orderStatusChanged { position order { availableActions } } }";

struct Scene {
    app: TestApp,
    world: given::World,
    server: Server,
    admin: String,
    sockets: Vec<Socket>,
}

impl Scene {
    async fn start(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world(&app).await;
        let mut config = HttpConfig {
            queries_per_second: 0,
            mutations_per_second: 0,
            metrics: true,
            connections_per_address: 200,
            ..HttpConfig::default()
        };
        config.websocket.per_caller = 200;
        let server = Server::start_with(&app, config).await;
        let admin = key_for(&app, &world.admin, &world.admin).await;
        Self { app, world, server, admin, sockets: Vec::new() }
    }

    async fn watch(&mut self, key: &str, document: &str, variables: Value) {
        let mut socket = Socket::open(self.server.address, key).await;
        socket.subscribe("feed", document, variables).await;
        self.sockets.push(socket);
    }

    /// Waits until groups carry every feed on, and says how many groups.
    async fn settled(&self) -> usize {
        loop {
            let metrics = self.server.get("/metrics").await;
            if metric(&metrics, "feed_followers") == self.sockets.len() {
                return metric(&metrics, "feed_groups");
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    fn executions(&self) -> u64 {
        self.app.app.tails.counters().executions()
    }

    async fn order(&self) -> OrderId {
        self.world.pending_order(&self.app, &[self.world.instant_offer]).await
    }

    async fn cancel(&self, order_id: OrderId) {
        let cancel = CancelOrder { order_id, expected_version: None, reason: None };
        let customer = &self.world.customer;
        self.app.perform(customer, cancel, cancel_order).await.unwrap();
    }

    /// What every watcher is told next.
    async fn all_told(&mut self) -> Vec<Value> {
        let mut told = Vec::new();
        for socket in &mut self.sockets {
            told.push(socket.next().await["data"]["orderStatusChanged"].take());
        }
        told
    }

    /// What some of them are told next, whatever their feed.
    async fn told_to(&mut self, watchers: Range<usize>) -> Vec<Value> {
        let mut told = Vec::new();
        for socket in &mut self.sockets[watchers] {
            let mut update = socket.next().await;
            let data = update["data"].as_object_mut().unwrap();
            told.extend(data.values_mut().map(Value::take));
        }
        told
    }
}

async fn an_event_is_executed_once_for_all_who_see_the_same(database: Database) {
    let mut scene = Scene::start(database).await;
    let id = scene.order().await;
    scene.app.all_positions_given().await;
    let customer = key_for(&scene.app, &scene.world.admin, &scene.world.customer).await;
    let other_admin = key_for(&scene.app, &scene.world.admin, &scene.world.admin).await;
    for key in [&scene.admin.clone(), &other_admin, &customer] {
        for _ in 0..20 {
            scene.watch(key, LEAN, json!({})).await;
        }
    }
    assert_eq!(scene.settled().await, 2, "one group for each set of rights, whatever the key");
    let before = scene.executions();
    scene.cancel(id).await;
    let told = scene.all_told().await;
    assert!(
        told.iter().all(|change| *change == told[0] && change["to"] == "CANCELLED"),
        "{told:?}"
    );
    assert_eq!(scene.executions() - before, 2);
}

async fn whoever_resumes_shares_as_well(database: Database) {
    let mut scene = Scene::start(database).await;
    let cursors =
        [scene.head().await, scene.head_after_an_order().await, scene.head_after_an_order().await];
    let key = scene.admin.clone();
    for cursor in &cursors {
        scene.watch(&key, EVERYTHING, json!({ "after": cursor })).await;
    }
    assert_eq!(scene.settled().await, 1, "where a watcher begins makes no difference");
    scene.order().await;
    scene.app.all_positions_given().await;
    let last = scene.position().await;
    for (socket, cursor) in scene.sockets.iter_mut().zip(cursors) {
        let from = cursor.parse::<Cursor>().unwrap().position;
        for expected in from + 1..=last {
            let payload = socket.next().await;
            assert_eq!(payload["data"]["events"]["position"], expected.to_string());
        }
    }
}

async fn many_who_come_back_after_a_silence_share_at_once(database: Database) {
    let mut scene = Scene::start(database).await;
    let id = scene.order().await;
    scene.app.all_positions_given().await;
    let before_others = scene.head().await;
    let now = scene.head_after_an_order().await;
    let key = scene.admin.clone();
    let ids = json!([format!("order_{}", id.0.simple())]);
    scene.watch(&key, OF_ORDERS, json!({ "ids": ids, "after": now })).await;
    scene.settled().await;
    // More than may begin at once.
    for _ in 0..100 {
        scene.watch(&key, OF_ORDERS, json!({ "ids": ids, "after": before_others })).await;
    }
    assert_eq!(scene.settled().await, 1, "what happened meanwhile was not for them");
    let before = scene.executions();
    scene.cancel(id).await;
    let told = scene.all_told().await;
    assert!(told.iter().all(|change| change["to"] == "CANCELLED"), "{told:?}");
    assert_eq!(scene.executions() - before, 1);
}

async fn an_event_is_executed_only_for_those_who_want_it(database: Database) {
    let mut scene = Scene::start(database).await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(scene.order().await);
    }
    scene.app.all_positions_given().await;
    let key = scene.admin.clone();
    for id in &orders {
        let ids = json!([format!("order_{}", id.0.simple())]);
        scene.watch(&key, OF_ORDERS, json!({ "ids": ids })).await;
    }
    assert_eq!(scene.settled().await, orders.len());
    let before = scene.executions();
    for id in &orders {
        scene.cancel(*id).await;
    }
    let told = scene.all_told().await;
    for (id, change) in orders.iter().zip(told) {
        assert_eq!(change["orderId"], format!("order_{}", id.0.simple()));
    }
    assert_eq!(scene.executions() - before, orders.len() as u64, "one execution for each event");
}

async fn answers_about_the_caller_are_not_shared(database: Database) {
    let mut scene = Scene::start(database).await;
    let id = scene.order().await;
    scene.app.all_positions_given().await;
    let other_admin = key_for(&scene.app, &scene.world.admin, &scene.world.admin).await;
    for key in [&scene.admin.clone(), &other_admin] {
        scene.watch(key, PERSONAL, json!({})).await;
    }
    assert_eq!(scene.settled().await, 2, "what may be done next depends on who asks");
    scene.cancel(id).await;
    for change in scene.all_told().await {
        assert_eq!(change["order"]["availableActions"], json!([]), "{change}");
    }
}

/// However it is asked for.
async fn what_waits_for_the_caller_is_not_shared(database: Database) {
    const WRITTEN: &str = "subscription { orderQueue(filter: { waitsForMe: true }) { orderIds } }";
    const GIVEN: &str =
        "subscription($filter: OrderFilter) { orderQueue(filter: $filter) { orderIds } }";
    const COUNTED: &str = "subscription($mine: Boolean!) {
        orderCounts(filter: { waitsForMe: $mine }) { totalCount } }";
    let mut scene = Scene::start(database).await;
    let other = key_for(&scene.app, &scene.world.admin, &scene.world.admin).await;
    let keys = [scene.admin.clone(), other];
    for key in &keys {
        scene.watch(key, WRITTEN, json!({})).await;
        scene.watch(key, GIVEN, json!({ "filter": { "waitsForMe": true } })).await;
        scene.watch(key, COUNTED, json!({ "mine": true })).await;
    }
    let nothing = [json!({ "orderIds": [] }), json!({ "totalCount": 0 })];
    for update in scene.told_to(0..6).await {
        assert!(nothing.contains(&update), "{update}");
    }
    assert_eq!(scene.settled().await, 6, "each caller's own");

    // Of the order of the first of them, the other one hears.
    let create = "mutation ($input: CreateOrderInput!) {
        createOrder(input: $input) { order { id } userErrors { message } } }";
    let line = json!({ "offerId": Id(scene.world.instant_offer).to_string(), "quantity": 3 });
    let input = json!({
        "customerId": Id(scene.world.customer_id).to_string(), "lines": [line], "submit": true,
    });
    let made = scene.server.post(&keys[0], create, json!({ "input": input })).await;
    let own = made["data"]["createOrder"]["order"]["id"].clone();
    for update in scene.told_to(3..6).await {
        assert!([json!({ "orderIds": [own] }), json!({ "totalCount": 1 })].contains(&update));
    }
    // Of the customer's, both.
    let id = scene.order().await;
    let customers = json!(Id(id).to_string());
    for update in scene.told_to(0..3).await {
        assert!([json!({ "orderIds": [customers] }), json!({ "totalCount": 1 })].contains(&update));
    }
    for update in scene.told_to(3..6).await {
        let both = json!({ "orderIds": [customers, own] });
        assert!([both, json!({ "totalCount": 2 })].contains(&update), "{update}");
    }
}

impl Scene {
    async fn position(&self) -> i64 {
        let readers = self.app.app.store.readers();
        log::extent(readers, self.world.tenant_id).await.unwrap().latest
    }

    async fn head(&self) -> String {
        let readers = self.app.app.store.readers();
        log::extent(readers, self.world.tenant_id).await.unwrap().latest_cursor().to_string()
    }

    async fn head_after_an_order(&self) -> String {
        self.order().await;
        self.app.all_positions_given().await;
        self.head().await
    }
}

fn metric(metrics: &str, name: &str) -> usize {
    let name = format!("ordergate_{name} ");
    metrics.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
}
