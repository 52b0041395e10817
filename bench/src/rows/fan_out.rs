//! Feeds: many watchers of one, of a nested one, and of one each; and what they cost while nothing happens.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    arguments::{Database, Group, RunArguments},
    baseline::writes::Purchase,
    documents::{APPROVE_ORDER, LEAN_FEED, NESTED_FEED, approval},
    http::{self, Connection},
    load::drive,
    processes::Server,
    results::{Row, at_most},
    rows::writes::{Creating, refuse_errors},
    sample::{Sample, milliseconds},
    websocket::Watcher,
    world::{Place, World},
};

/// How many sockets are being opened at the same time.
const AT_ONCE: usize = 100;

/// Counts executions of a feed's selection.
const EXECUTIONS: &str = "ordergate_feed_executions_total";

/// How long is waited for deliveries that have not come.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn measure(
    place: &mut Place,
    arguments: &RunArguments,
) -> anyhow::Result<Vec<Row>> {
    let size = if place.quick {
        Size { many: 500, some: 100, events: 10, per_second: 100 }
    } else {
        Size { many: 10_000, some: 1_000, events: 50, per_second: 1_000 }
    };
    let mut rows = Vec::new();
    if arguments.wants(Group::FanOut) {
        rows.extend(one_feed(place, size).await?);
    }
    if arguments.wants(Group::Nested) {
        rows.extend(nested(place, size).await?);
    }
    if arguments.wants(Group::ManyFeeds) {
        rows.push(many_feeds(place, size).await?);
    }
    if arguments.wants(Group::Idle) {
        rows.extend(idle(place, arguments, size).await?);
    }
    Ok(rows)
}

#[derive(Clone, Copy)]
struct Size {
    many: usize,
    some: usize,
    events: usize,
    per_second: u32,
}

/// All watchers of one feed, beside the broadcaster with as many sockets and the same texts.
async fn one_feed(place: &mut Place, size: Size) -> anyhow::Result<Vec<Row>> {
    let world = place.world(Database::Sqlite, "fan-out", 2_000).await?;
    let orders = pending_orders(&world, size.events).await?;
    let crowd = Crowd::gather(&world, LEAN_FEED, size.many, |_| json!({})).await?;
    let mut approver = Approver::new(&world).await?;
    let (ours, text) = crowd.tell(&world.server, &orders, &mut approver).await?;
    drop(world);
    let log = place.folder.join("broadcaster.log");
    let broadcaster = Server::start(&std::env::current_exe()?, &log, |address| {
        ["broadcaster", "--listen", &address.to_string()].map(str::to_owned).to_vec()
    })
    .await?;
    let crowd = Crowd::gather_raw(broadcaster.address, size.many).await?;
    let mut speaker = Speaker::new(broadcaster.address, text).await?;
    let (raw, _) = crowd.tell(&broadcaster, &orders, &mut speaker).await?;
    let watchers = size.many;
    let ratio = ours.last.p99().as_secs_f64() / raw.last.p99().as_secs_f64();
    let cpu = |told: &Told| told.cpu.as_secs_f64() * 1e6 / told.deliveries as f64;
    Ok(vec![
        Row {
            what: format!(
                "{watchers} watchers of one feed, {} events: request to last receipt",
                size.events
            ),
            ordergate: last_text(&ours),
            baseline: last_text(&raw),
            found: at_most(ratio, 1.5).map(|(text, good)| (text, good && ours.is_exact())),
            to_reach: "p99 ≤ 1.5 × the raw broadcaster's; lost 0, twice 0".to_owned(),
            before: None,
        },
        Row {
            what: format!("CPU per delivery to {watchers} identical watchers"),
            ordergate: format!("{:.1} µs", cpu(&ours)),
            baseline: format!("{:.1} µs", cpu(&raw)),
            found: at_most(cpu(&ours) / cpu(&raw), 1.5),
            to_reach: "≤ 1.5 × the raw broadcaster's".to_owned(),
            before: None,
        },
    ])
}

/// A selection that nests, beside a lean one.
async fn nested(place: &mut Place, size: Size) -> anyhow::Result<Vec<Row>> {
    let world = place.world(Database::Sqlite, "nested", 2_000).await?;
    let orders = pending_orders(&world, size.events * 2).await?;
    let mut approver = Approver::new(&world).await?;
    let mut told = Vec::new();
    for (feed, orders) in [LEAN_FEED, NESTED_FEED].into_iter().zip(orders.chunks(size.events)) {
        let crowd = Crowd::gather(&world, feed, size.some, |_| json!({})).await?;
        told.push(crowd.tell(&world.server, orders, &mut approver).await?.0);
        sleep(Duration::from_secs(1)).await;
    }
    let [lean, nested] =
        <[Told; 2]>::try_from(told).map_err(|_| anyhow::anyhow!("two were told"))?;
    let ratio = nested.each.p99().as_secs_f64() / lean.each.p99().as_secs_f64();
    let watchers = size.some;
    Ok(vec![
        Row {
            what: format!(
                "{watchers} watchers whose selection nests customer, lines, offer, product"
            ),
            ordergate: each_text(&nested),
            baseline: format!("lean: {}", each_text(&lean)),
            found: at_most(ratio, 2.0).map(|(text, good)| (text, good && nested.is_exact())),
            to_reach: "p99 within 2 × of the lean selection".to_owned(),
            before: None,
        },
        executions_row(
            format!("{watchers} watchers of a nested feed: executions per event"),
            &nested,
            1.0,
        ),
    ])
}

/// As many feeds as watchers: each watches an order of its own.
async fn many_feeds(place: &mut Place, size: Size) -> anyhow::Result<Row> {
    let world = place.world(Database::Sqlite, "many-feeds", 2_000).await?;
    let orders = pending_orders(&world, size.many).await?;
    let filter = |watcher: usize| json!({ "filter": { "orderIds": [orders[watcher]] } });
    let crowd = Crowd::gather(&world, LEAN_FEED, size.many, filter).await?;
    let told = crowd.tell_each(&world, &orders[..size.many / 2], size.per_second).await?;
    Ok(executions_row(
        format!(
            "{} watchers of {} orders, {:.0} events/s: executions per event",
            size.many, size.many, told.per_second
        ),
        &told,
        1.0,
    ))
}

fn executions_row(what: String, told: &Told, wanted: f64) -> Row {
    let executions = told.executions;
    Row {
        what,
        ordergate: format!(
            "{}; {}",
            executions.map_or("n/a".to_owned(), |executions| format!("{executions:.2}")),
            each_text(told)
        ),
        baseline: "–".to_owned(),
        found: executions.map(|executions| {
            (format!("{executions:.2}"), (executions - wanted).abs() < 0.02 && told.is_exact())
        }),
        to_reach: "1: one group for each event".to_owned(),
        before: None,
    }
}

/// What watchers cost while nothing happens: memory, CPU, and statements.
async fn idle(place: &mut Place, arguments: &RunArguments, size: Size) -> anyhow::Result<Vec<Row>> {
    let database = if arguments.databases().contains(&Database::Postgres) {
        Database::Postgres
    } else {
        Database::Sqlite
    };
    let world = place.world(database, "idle", 2_000).await?;
    let seconds = if place.quick { 3 } else { 30 };
    let watchers = size.many;
    // One watcher first: what the first feed of a tenant needs is needed once.
    let _first = Crowd::gather(&world, LEAN_FEED, 1, |_| json!({})).await?;
    let before = Rest::of(&world, seconds).await?;
    // The first tenth makes the server open its connections to the database, which all share.
    let _tenth = Crowd::gather(&world, LEAN_FEED, watchers / 10, |_| json!({})).await?;
    let shared = world.server.memory()?;
    let others = watchers - watchers / 10;
    let _others = Crowd::gather(&world, LEAN_FEED, others, |_| json!({})).await?;
    sleep(Duration::from_secs(3)).await;
    let memory = world.server.memory()?.saturating_sub(shared) as f64 / others as f64;
    let with_crowd = Rest::of(&world, seconds).await?;
    let statements =
        |rest: &Rest| rest.transactions.map_or("n/a".to_owned(), |number| format!("{number:.1}/s"));
    Ok(vec![
        Row {
            what: format!("Memory per idle watcher, from {} to {watchers} sockets", watchers / 10),
            ordergate: format!("{:.1} KiB", memory / 1024.0),
            baseline: "–".to_owned(),
            found: Some((format!("{:.1} KiB", memory / 1024.0), memory <= 6.0 * 1024.0)),
            to_reach: "≤ 6 KiB beyond the kernel's buffers".to_owned(),
            before: None,
        },
        Row {
            what: format!("Idle CPU with {watchers} watchers"),
            ordergate: format!("{:.2} % of a core", with_crowd.cpu * 100.0),
            baseline: format!("one watcher: {:.2} %", before.cpu * 100.0),
            found: Some((format!("{:.2} %", with_crowd.cpu * 100.0), with_crowd.cpu < 0.02)),
            to_reach: "≈ 0; pings every 12 s included".to_owned(),
            before: None,
        },
        Row {
            what: format!("Statements while idle, {}", database.name()),
            ordergate: format!("{watchers} watchers: {}", statements(&with_crowd)),
            baseline: format!("one watcher: {}", statements(&before)),
            found: before.transactions.zip(with_crowd.transactions).map(|(before, with_crowd)| {
                (format!("{:.2}", with_crowd / before), with_crowd <= before * 1.2 + 0.5)
            }),
            to_reach: "independent of watchers".to_owned(),
            before: None,
        },
    ])
}

/// A stretch of time in which nothing is asked.
struct Rest {
    /// How many cores the server kept busy.
    cpu: f64,
    /// What PostgreSQL was asked a second.
    transactions: Option<f64>,
}

impl Rest {
    async fn of(world: &World, seconds: u32) -> anyhow::Result<Self> {
        let (cpu, transactions) = (world.server.cpu()?, transactions(world).await?);
        sleep(Duration::from_secs(seconds.into())).await;
        let cpu = world.server.cpu()?.saturating_sub(cpu).as_secs_f64() / f64::from(seconds);
        let after = self::transactions(world).await?;
        let transactions =
            transactions.zip(after).map(|(before, after)| (after - before) / f64::from(seconds));
        Ok(Self { cpu, transactions })
    }
}

/// How many statements PostgreSQL has carried out for the server; none on SQLite, which does not count.
async fn transactions(world: &World) -> anyhow::Result<Option<f64>> {
    if world.database == Database::Sqlite {
        return Ok(None);
    }
    // What a session has done is counted a moment after it did it.
    sleep(Duration::from_secs(2)).await;
    let connection = sea_orm::Database::connect(&world.url).await?;
    let statement = Statement::from_string(
        connection.get_database_backend(),
        "SELECT xact_commit::float8 FROM pg_stat_database WHERE datname = current_database()",
    );
    let row = connection.query_one_raw(statement).await?.context("PostgreSQL counts")?;
    connection.close().await?;
    Ok(Some(row.try_get_by_index(0)?))
}

/// Submitted orders that wait for approval.
pub(super) async fn pending_orders(world: &World, count: usize) -> anyhow::Result<Vec<String>> {
    let creating = Arc::new(Creating::new(&world.seller, Purchase::Offers, Some(count)));
    drive(world.server.address, 16, Duration::from_mins(10), creating.clone()).await?;
    Ok(creating.orders())
}

/// Watchers, each in a task of its own.
pub(super) struct Crowd {
    tasks: JoinSet<Vec<Receipt>>,
    shared: Arc<Shared>,
    size: usize,
}

#[derive(Default)]
struct Shared {
    received: AtomicUsize,
    arrived: Notify,
    /// The last text that the first watcher received.
    text: Mutex<String>,
    leave: CancellationToken,
}

/// One delivery.
struct Receipt {
    watcher: usize,
    position: i64,
    at: Instant,
}

/// What became of some events.
pub(super) struct Told {
    /// From the request until each watcher had it, and until the last one had it.
    each: Sample,
    last: Sample,
    deliveries: usize,
    lost: usize,
    twice: usize,
    pub(super) cpu: Duration,
    /// How often the server executed a selection for each event, if it says so.
    executions: Option<f64>,
    per_second: f64,
}

impl Told {
    pub(super) fn is_exact(&self) -> bool {
        self.lost == 0 && self.twice == 0
    }
}

/// Makes an event happen; done when that is acknowledged.
pub(super) trait Teller {
    async fn tell(&mut self, event: &str) -> anyhow::Result<()>;
}

/// Approves orders.
pub(super) struct Approver {
    connection: Connection,
    key: String,
}

impl Approver {
    pub(super) async fn new(world: &World) -> anyhow::Result<Self> {
        let connection = Connection::open(world.server.address).await?;
        Ok(Self { connection, key: world.approver.clone() })
    }
}

impl Teller for Approver {
    async fn tell(&mut self, event: &str) -> anyhow::Result<()> {
        let request = http::graphql(&self.key, APPROVE_ORDER, &approval(event));
        refuse_errors(self.connection.exchange(&request).await?)
    }
}

/// Says the same text again and again, with another position.
struct Speaker {
    socket: Watcher,
    text: String,
    said: usize,
}

impl Speaker {
    async fn new(address: SocketAddr, text: String) -> anyhow::Result<Self> {
        let socket = Watcher::open(address, "/", "").await?;
        Ok(Self { socket, text, said: 0 })
    }
}

impl Teller for Speaker {
    async fn tell(&mut self, _: &str) -> anyhow::Result<()> {
        self.said += 1;
        let position = position_of(self.text.as_bytes()).context("the text has a position")?;
        let (old, new) = (position.to_string(), self.said);
        let text = self.text.replacen(&old, &format!("{new:0length$}", length = old.len()), 1);
        self.socket.say(&text).await
    }
}

impl Crowd {
    /// Opens so many feeds, each on a socket of its own.
    async fn gather(
        world: &World,
        feed: &'static str,
        size: usize,
        variables: impl Fn(usize) -> Value,
    ) -> anyhow::Result<Self> {
        let (address, key) = (world.server.address, world.seller.clone());
        Self::gather_with(size, |watcher| {
            let (key, variables) = (key.clone(), variables(watcher));
            async move { Watcher::subscribe(address, &key, feed, &variables).await }
        })
        .await
    }

    /// Opens a feed for each document, on a socket of its own.
    pub(super) async fn gather_for(world: &World, documents: Vec<String>) -> anyhow::Result<Self> {
        let (address, key) = (world.server.address, world.seller.clone());
        Self::gather_with(documents.len(), |watcher| {
            let (key, document) = (key.clone(), documents[watcher].clone());
            async move { Watcher::subscribe(address, &key, &document, &json!({})).await }
        })
        .await
    }

    /// Opens so many sockets on which nothing is asked.
    async fn gather_raw(address: SocketAddr, size: usize) -> anyhow::Result<Self> {
        Self::gather_with(size, |_| Watcher::open(address, "/", "")).await
    }

    async fn gather_with<O>(size: usize, open: impl Fn(usize) -> O) -> anyhow::Result<Self>
    where
        O: Future<Output = anyhow::Result<Watcher>> + Send + 'static,
    {
        eprintln!("opening {size} sockets");
        let (mut opening, mut sockets) = (JoinSet::new(), Vec::with_capacity(size));
        for watcher in 0..size {
            let open = open(watcher);
            opening.spawn(async move { anyhow::Ok((watcher, open.await?)) });
            if opening.len() >= AT_ONCE {
                sockets.extend(opening.join_next().await.transpose()?.transpose()?);
            }
        }
        while let Some(opened) = opening.join_next().await {
            sockets.push(opened??);
        }
        let shared = Arc::new(Shared::default());
        let mut tasks = JoinSet::new();
        for (watcher, socket) in sockets {
            tasks.spawn(watch(watcher, socket, shared.clone()));
        }
        // A subscription is not acknowledged; this is long enough for all of them to begin.
        sleep(Duration::from_secs(2)).await;
        Ok(Self { tasks, shared, size })
    }

    /// Makes the events happen one after the other, each after the one before has reached everybody.
    pub(super) async fn tell(
        mut self,
        server: &Server,
        events: &[String],
        teller: &mut impl Teller,
    ) -> anyhow::Result<(Told, String)> {
        let (cpu, executions) = (server.cpu()?, server.counter(EXECUTIONS).await);
        let mut sent = Vec::with_capacity(events.len());
        for event in events {
            sent.push(Instant::now());
            teller.tell(event).await?;
            self.wait_for(sent.len() * self.size).await;
        }
        let elapsed = sent.first().map_or(Duration::ZERO, Instant::elapsed);
        let (cpu, after) = (server.cpu()?.saturating_sub(cpu), server.counter(EXECUTIONS).await);
        let text =
            std::mem::take(&mut *self.shared.text.lock().unwrap_or_else(PoisonError::into_inner));
        let receipts = self.leave().await?;
        // The events came in the order of their positions.
        let positions: BTreeSet<_> = receipts.iter().map(|receipt| receipt.position).collect();
        let events: HashMap<_, _> = positions.into_iter().zip(&sent).collect();
        let expected = sent.len() * self.size;
        let begun_at = |receipt: &Receipt| events.get(&receipt.position).copied().copied();
        Ok((told(&receipts, begun_at, expected, cpu, executions.zip(after), elapsed), text))
    }

    /// Approves one watcher's order after the other, so many a second, whatever becomes of the deliveries.
    async fn tell_each(
        mut self,
        world: &World,
        orders: &[String],
        per_second: u32,
    ) -> anyhow::Result<Told> {
        let (cpu, executions) = (world.server.cpu()?, world.server.counter(EXECUTIONS).await);
        let begun = Instant::now() + Duration::from_millis(100);
        let (next, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(HashMap::new())));
        let mut approvers = JoinSet::new();
        for _ in 0..16 {
            let (mut approver, orders) = (Approver::new(world).await?, orders.to_vec());
            let (next, sent) = (next.clone(), sent.clone());
            approvers.spawn(async move {
                loop {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let Some(order) = orders.get(turn) else { return anyhow::Ok(()) };
                    sleep_until(begun + Duration::from_secs(1) * u32::try_from(turn)? / per_second)
                        .await;
                    sent.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .insert(turn, Instant::now());
                    approver.tell(order).await?;
                }
            });
        }
        while let Some(approver) = approvers.join_next().await {
            approver??;
        }
        let elapsed = begun.elapsed();
        self.wait_for(orders.len()).await;
        // Whether more comes than should.
        sleep(Duration::from_secs(1)).await;
        let (cpu, after) =
            (world.server.cpu()?.saturating_sub(cpu), world.server.counter(EXECUTIONS).await);
        let receipts = self.leave().await?;
        let sent = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
        let begun_at = |receipt: &Receipt| sent.get(&receipt.watcher).copied();
        Ok(told(&receipts, begun_at, orders.len(), cpu, executions.zip(after), elapsed))
    }

    async fn wait_for(&self, deliveries: usize) {
        let all = async {
            while self.shared.received.load(Ordering::Acquire) < deliveries {
                self.shared.arrived.notified().await;
            }
        };
        // What does not come is counted as lost.
        drop(timeout(PATIENCE, all).await);
    }

    async fn leave(&mut self) -> anyhow::Result<Vec<Receipt>> {
        self.shared.leave.cancel();
        let mut receipts = Vec::new();
        while let Some(watcher) = self.tasks.join_next().await {
            receipts.extend(watcher?);
        }
        Ok(receipts)
    }
}

/// Receives until it is time to leave, or the server hangs up.
async fn watch(watcher: usize, mut socket: Watcher, shared: Arc<Shared>) -> Vec<Receipt> {
    let mut receipts = Vec::new();
    while let Some(Ok(text)) = shared.leave.run_until_cancelled(socket.next()).await {
        let Some(position) = position_of(text) else { continue };
        receipts.push(Receipt { watcher, position, at: Instant::now() });
        if watcher == 0 {
            *shared.text.lock().unwrap_or_else(PoisonError::into_inner) =
                String::from_utf8_lossy(text).into_owned();
        }
        shared.received.fetch_add(1, Ordering::Release);
        shared.arrived.notify_one();
    }
    receipts
}

fn told(
    receipts: &[Receipt],
    begun_at: impl Fn(&Receipt) -> Option<Instant>,
    expected: usize,
    cpu: Duration,
    executions: Option<(f64, f64)>,
    elapsed: Duration,
) -> Told {
    let distinct: HashSet<_> =
        receipts.iter().map(|receipt| (receipt.watcher, receipt.position)).collect();
    let mut last = HashMap::new();
    let mut each = Vec::with_capacity(receipts.len());
    for receipt in receipts {
        let Some(begun) = begun_at(receipt) else { continue };
        let latency = receipt.at - begun;
        each.push(latency);
        let last: &mut Duration = last.entry(receipt.position).or_default();
        *last = latency.max(*last);
    }
    let events = last.len().max(1);
    Told {
        each: Sample::of(each),
        last: Sample::of(last.into_values().collect()),
        deliveries: receipts.len(),
        lost: expected.saturating_sub(distinct.len()),
        twice: receipts.len() - distinct.len(),
        cpu,
        executions: executions.map(|(before, after)| (after - before) / events as f64),
        per_second: events as f64 / elapsed.as_secs_f64(),
    }
}

fn position_of(text: &[u8]) -> Option<i64> {
    const NAME: &[u8] = b"\"position\":\"";
    let at = text.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

fn last_text(told: &Told) -> String {
    format!(
        "median {}, p99 {}; each p99 {}; lost {}, twice {}",
        milliseconds(told.last.median()),
        milliseconds(told.last.p99()),
        milliseconds(told.each.p99()),
        told.lost,
        told.twice
    )
}

pub(super) fn each_text(told: &Told) -> String {
    format!(
        "median {}, p99 {}; lost {}, twice {}",
        milliseconds(told.each.median()),
        milliseconds(told.each.p99()),
        told.lost,
        told.twice
    )
}
