//! Mutations: orders created and submitted, and approved.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::ensure;
use serde_json::Value;

use crate::{
    arguments::Database,
    baseline::writes::{Purchase, Writes},
    documents::{APPROVE_ORDER, CREATE_ORDER, approval, new_order, new_plan_order},
    http,
    load::{Requests, Throughput, drive},
    race::in_the_middle,
    results::{Row, at_least, rate},
    sample::middle,
    websocket::contains,
    world::{Place, World},
};

const CLIENTS: usize = 16;

/// Lets the server and the baseline run in turn, three times, on the same database.
pub(crate) async fn measure(place: &Place, world: &World) -> anyhow::Result<Vec<Row>> {
    let length = Duration::from_millis(if place.quick { 500 } else { 6_000 });
    let database = world.database.name();
    let writes = Writes::open(&world.url, CLIENTS).await?;
    let (mut creating, mut approving) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    let mut planned = (Vec::new(), Vec::new());
    eprintln!("Writes, {database}, {CLIENTS} connections");
    for _ in 0..3 {
        let requests = Arc::new(Creating::new(&world.seller, Purchase::Offers, None));
        let run = drive(world.server.address, CLIENTS, length, requests.clone()).await?;
        creating.0.push(run);
        let requests = Arc::new(Approving::new(&world.approver, requests.orders()));
        approving.0.push(drive(world.server.address, CLIENTS, length, requests).await?);
        let requests = Arc::new(Creating::new(&world.seller, Purchase::Plan, None));
        planned.0.push(drive(world.server.address, CLIENTS, length, requests).await?);

        let (run, orders) = writes.create(Purchase::Offers, CLIENTS, length).await?;
        creating.1.push(run);
        approving.1.push(writes.approve(CLIENTS, length, orders).await?);
        let (run, _) = writes.create(Purchase::Plan, CLIENTS, length).await?;
        planned.1.push(run);
    }
    let to_reach = match world.database {
        Database::Sqlite => "≥ 0.60 of one writer with group commit",
        Database::Postgres => "≥ 0.60 of the same statements",
    };
    let row = |what: &str, (ours, theirs): (Vec<_>, Vec<_>)| {
        let ratios = ours.iter().zip(&theirs);
        let ratios = ratios
            .map(|(ours, theirs): (&Throughput, &Throughput)| ours.per_second / theirs.per_second);
        let ratio = middle(ratios.collect());
        let (ours, theirs) = (in_the_middle(ours), in_the_middle(theirs));
        Row {
            what: format!("{what}, {database}, {CLIENTS} connections"),
            ordergate: rate(ours.per_second, &ours.latency),
            baseline: rate(theirs.per_second, &theirs.latency),
            found: at_least(ratio, 0.6),
            to_reach: to_reach.to_owned(),
            before: None,
        }
    };
    Ok(vec![
        row("Create and submit", creating),
        row("Create and submit a plan of eight components", planned),
        row("Approve", approving),
    ])
}

/// Orders that are created, and their ids.
pub(crate) struct Creating {
    key: String,
    purchase: Purchase,
    turn: AtomicU64,
    most: u64,
    orders: Mutex<Vec<String>>,
}

impl Creating {
    /// So many orders; none: without end.
    pub(crate) fn new(key: &str, purchase: Purchase, most: Option<usize>) -> Self {
        let most = most.map_or(u64::MAX, |most| most as u64);
        Self { key: key.to_owned(), purchase, turn: 0.into(), most, orders: Mutex::default() }
    }

    pub(crate) fn orders(&self) -> Vec<String> {
        std::mem::take(&mut *self.orders.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Requests for Creating {
    fn next(&self) -> Option<Arc<[u8]>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let order = match self.purchase {
            Purchase::Offers => new_order,
            Purchase::Plan => new_plan_order,
        };
        let request = || http::graphql(&self.key, CREATE_ORDER, &order(turn)).into();
        (turn < self.most).then(request)
    }

    fn answered(&self, answer: &[u8]) -> anyhow::Result<()> {
        refuse_errors(answer)?;
        let answer: Value = serde_json::from_slice(answer)?;
        let id = answer["data"]["createOrder"]["order"]["id"].as_str().unwrap_or_default();
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        Ok(())
    }
}

/// Orders that are approved, each once.
pub(crate) struct Approving {
    key: String,
    orders: Mutex<VecDeque<String>>,
}

impl Approving {
    pub(crate) fn new(key: &str, orders: Vec<String>) -> Self {
        Self { key: key.to_owned(), orders: Mutex::new(orders.into()) }
    }
}

impl Requests for Approving {
    fn next(&self) -> Option<Arc<[u8]>> {
        let order = self.orders.lock().unwrap_or_else(PoisonError::into_inner).pop_front()?;
        Some(http::graphql(&self.key, APPROVE_ORDER, &approval(&order)).into())
    }

    fn answered(&self, answer: &[u8]) -> anyhow::Result<()> {
        refuse_errors(answer)
    }
}

/// Whether a mutation did what it was to do.
pub(crate) fn refuse_errors(answer: &[u8]) -> anyhow::Result<()> {
    let done = contains(answer, b"\"userErrors\":[]");
    ensure!(done, "the server answers {}", answer.escape_ascii());
    Ok(())
}
