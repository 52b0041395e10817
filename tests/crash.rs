//! The program, killed again and again while it is busy.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::order_life;
use entity::{
    EventKind, OrderLineStatus, OrderStatus, SubscriptionStatus, event, invoice_line, license,
    order, order_line, subscription,
};
use ordergate::events::log;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database, given, http::client, server::key_for},
};

const CYCLES: usize = 50;
const WRITERS: usize = 8;
const CREATE: &str = "mutation($input: CreateOrderInput!) {
    createOrder(input: $input) { order { id } userErrors { code message } }
}";
const APPROVE: &str = "mutation($input: ApproveOrderInput!) {
    approveOrder(input: $input) { order { id } userErrors { code message } }
}";

on_both_databases!(a_program_that_is_killed_under_load_keeps_its_word);

/// What was acknowledged: orders that were submitted, and whether they were approved.
type Ledger = Arc<Mutex<BTreeMap<String, bool>>>;

async fn a_program_that_is_killed_under_load_keeps_its_word(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let buyer = key_for(&app, &world.admin, &world.customer).await;
    let approver = key_for(&app, &world.admin, &world.approver()).await;
    let ledger = Ledger::default();
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..CYCLES {
        let program = Program::start(&app.database.url).await;
        let gone = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let writer = Writer {
                    url: program.url.clone(),
                    buyer: buyer.clone(),
                    approver: approver.clone(),
                    lines: lines(&world),
                    ledger: ledger.clone(),
                    gone: gone.clone(),
                };
                tokio::spawn(writer.work())
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(random.random_range(100..1_000))).await;
        drop(program);
        gone.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
    }
    // Once more, to finish what was begun.
    let program = Program::start(&app.database.url).await;
    let readers = app.app.store.readers();
    settle(readers).await;
    drop(program);
    let checked = check(readers, &world, &ledger).await;
    println!("{CYCLES} kills: {checked}");
}

fn lines(world: &given::World) -> Value {
    let offer = format!("offer_{}", world.instant_offer.0.simple());
    json!([{ "offerId": offer, "quantity": 1 }])
}

/// The program in a process of its own; dropping it kills it with SIGKILL.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    async fn start(database_url: &str) -> Self {
        let address = free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_ordergate"))
            .args(["serve", "--listen", &address.to_string(), "--database-url", database_url])
            .args(["--limit-mutations-per-second", "0", "--log-level", "error"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let program = Self { child, url: format!("http://{address}") };
        let ready = format!("{}/readyz", program.url);
        for _ in 0..500 {
            if let Ok(answer) = client().get(&ready).send().await
                && answer.status().is_success()
            {
                return program;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the program did not become ready");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

struct Writer {
    url: String,
    buyer: String,
    approver: String,
    lines: Value,
    ledger: Ledger,
    gone: Arc<AtomicBool>,
}

impl Writer {
    /// Orders and approves until the program is gone, and notes what it was told was done.
    async fn work(self) {
        let client = client();
        while !self.gone.load(Ordering::Relaxed) {
            let input = json!({
                "lines": self.lines,
                "submit": true,
                "idempotencyKey": Uuid::new_v4().to_string(),
            });
            let Some(answer) = self.ask(&client, &self.buyer, CREATE, input).await else {
                continue;
            };
            let id = answer["data"]["createOrder"]["order"]["id"].as_str();
            let id = id.unwrap_or_else(|| panic!("{answer}")).to_owned();
            self.ledger.lock().unwrap().insert(id.clone(), false);
            let Some(answer) =
                self.ask(&client, &self.approver, APPROVE, json!({ "id": id })).await
            else {
                continue;
            };
            assert_eq!(answer["data"]["approveOrder"]["userErrors"], json!([]), "{answer}");
            self.ledger.lock().unwrap().insert(id, true);
        }
    }

    /// The answer, if the program lived long enough to give one.
    async fn ask(
        &self,
        client: &reqwest::Client,
        key: &str,
        query: &str,
        input: Value,
    ) -> Option<Value> {
        let answer = client
            .post(format!("{}/graphql", self.url))
            .bearer_auth(key)
            .json(&json!({ "query": query, "variables": { "input": input } }))
            .send()
            .await
            .ok()?;
        answer.json().await.ok()
    }
}

/// Waits until nothing is left to provision and every event has its position.
async fn settle(readers: &DatabaseConnection) {
    for _ in 0..3_000 {
        let unfinished = order::Entity::find()
            .filter(order::Column::Status.is_in([OrderStatus::Approved, OrderStatus::Provisioning]))
            .one(readers)
            .await
            .unwrap();
        let waiting = event::Entity::find()
            .filter(event::Column::Position.is_null())
            .one(readers)
            .await
            .unwrap();
        if unfinished.is_none() && waiting.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("provisioning did not come to an end");
}

/// Holds what is stored against what was acknowledged and against itself.
async fn check(readers: &DatabaseConnection, world: &given::World, ledger: &Ledger) -> String {
    let orders = order::Entity::find().all(readers).await.unwrap();
    let events =
        event::Entity::find().order_by_asc(event::Column::Position).all(readers).await.unwrap();

    let statuses: BTreeMap<_, _> = orders
        .iter()
        .map(|order| (format!("order_{}", order.id.0.simple()), order.status))
        .collect();
    let ledger = ledger.lock().unwrap().clone();
    for (id, approved) in &ledger {
        let status =
            statuses.get(id).unwrap_or_else(|| panic!("{id} was acknowledged and is lost"));
        assert!(!approved || *status == OrderStatus::Completed, "{id} is {status}");
    }

    let positions: Vec<_> = events.iter().filter_map(|event| event.position).collect();
    let head = log::extent(readers, world.tenant_id).await.unwrap().latest;
    assert_eq!(positions, (1..=head).collect::<Vec<_>>(), "positions are dense and told once");

    for order in &orders {
        check_history(order, &events);
    }
    check_lines(readers).await;
    let approved = ledger.values().filter(|approved| **approved).count();
    format!(
        "{} acknowledged orders and {approved} approvals kept, {head} positions dense",
        ledger.len()
    )
}

/// An order's row is what its events say, told in the order in which they happened.
fn check_history(order: &order::Model, events: &[event::Model]) {
    let own: Vec<_> = events
        .iter()
        .filter(|event| event.order_id == Some(order.id) && event.order_version.is_some())
        .collect();
    let versions: Vec<_> = own.iter().filter_map(|event| event.order_version).collect();
    assert_eq!(versions, (1..=order.version).collect::<Vec<_>>(), "{}", order.id);
    let mut status = None;
    for event in own.iter().filter(|event| event.kind == EventKind::OrderStatusChanged) {
        let from: Option<OrderStatus> = event.from_status.as_ref().map(|it| it.parse().unwrap());
        let to: OrderStatus = event.to_status.as_ref().unwrap().parse().unwrap();
        assert_eq!(from, status, "{}", order.id);
        let legal = order_life::TRANSITIONS
            .iter()
            .any(|row| row.from == from && Some(row.trigger) == event.trigger && row.to == to);
        assert!(legal, "{}: {from:?} to {to}", order.id);
        status = Some(to);
    }
    assert_eq!(status, Some(order.status), "{}", order.id);
}

/// A completed line has brought one subscription, one license and one charge; any other line has brought none.
async fn check_lines(readers: &DatabaseConnection) {
    let lines = order_line::Entity::find().all(readers).await.unwrap();
    let subscriptions = subscription::Entity::find().all(readers).await.unwrap();
    let licenses = license::Entity::find().all(readers).await.unwrap();
    let charges = invoice_line::Entity::find().all(readers).await.unwrap();
    let completed: Vec<_> =
        lines.iter().filter(|line| line.status == OrderLineStatus::Completed).collect();
    let active = subscriptions.iter().filter(|it| it.status == SubscriptionStatus::Active).count();
    assert_eq!(active, completed.len());
    assert_eq!(licenses.len(), completed.len());
    assert_eq!(charges.len(), completed.len());
    assert!(completed.iter().all(|line| line.attempts == 1));
}
