//! What one caller can cost: documents of strangers, the dearest requests that are let through, and what other tenants
//! notice of them.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, ensure};
use serde_json::json;

use crate::{
    http::{self, Connection},
    load::{Always, Requests, drive},
    processes::{Server, run},
    results::{Row, at_most},
    sample::{Sample, milliseconds},
    world::{Place, World},
};

/// CPU time is counted in hundredths of a second, so a request is repeated until it comes to many of them.
const LEAST_CPU: Duration = Duration::from_millis(400);
const MOST_TIMES: u32 = 200;

const MOST_CPU_OF_A_DOCUMENT: Duration = Duration::from_millis(10);
const MOST_CPU: Duration = Duration::from_millis(250);
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
const MOST_BYTES: usize = 8 * 1024 * 1024;

pub(crate) async fn measure(place: &Place, world: &World) -> anyhow::Result<Vec<Row>> {
    let database = world.database.name();
    eprintln!("Hostile, {database}");
    let small = cost(world, "small", |_| ask(&world.seller, "{ viewer { role } }")).await?;
    let mut rows = vec![documents(world, &small).await?];
    let dear = dearest(world, &small).await?;
    rows.extend(dear.rows);
    rows.push(neighbour(place, world, dear.requests).await?);
    Ok(rows)
}

/// What one request costs the server.
struct Cost {
    what: &'static str,
    cpu: Duration,
    bytes: usize,
    memory: u64,
    refused: bool,
}

/// Sends a request again and again. `request` is given how often it was sent, so that nothing is remembered of it.
async fn cost(
    world: &World,
    what: &'static str,
    request: impl Fn(u32) -> Vec<u8>,
) -> anyhow::Result<Cost> {
    let server = &world.server;
    let mut connection = Connection::open(server.address).await?;
    let first = connection.answer(&request(0)).await?;
    let refused = !http::is_good(first);
    let bytes = first.len();
    let (cpu, memory) = (server.cpu()?, server.memory()?);
    let (mut times, mut peak) = (0, memory);
    while times < MOST_TIMES && server.cpu()?.saturating_sub(cpu) < LEAST_CPU {
        times += 1;
        connection.answer(&request(times)).await?;
        peak = peak.max(server.memory()?);
    }
    let cpu = server.cpu()?.saturating_sub(cpu) / times.max(1);
    eprintln!(
        "  {what}: {}, {bytes} bytes{}",
        milliseconds(cpu),
        if refused { ", refused" } else { "" }
    );
    Ok(Cost { what, cpu, bytes, memory: peak.saturating_sub(memory), refused })
}

async fn documents(world: &World, small: &Cost) -> anyhow::Result<Row> {
    let mut dearest: Option<Cost> = None;
    let mut slow_and_refused = true;
    for (what, text) in strangers_documents() {
        let body = |turn: u32| {
            // Another text each time, within the limit of bytes.
            let text = format!("{text}#{turn}");
            http::post("/graphql", "", &json!({ "query": text }).to_string())
        };
        let cost = cost(world, what, body).await?;
        // What is answered with real data within its cost may take longer.
        if cost.refused && dearest.as_ref().is_none_or(|it| it.cpu < cost.cpu) {
            slow_and_refused = cost.cpu > MOST_CPU_OF_A_DOCUMENT;
            dearest = Some(cost);
        }
    }
    let dearest = dearest.context("no document was refused")?;
    Ok(Row {
        what: format!(
            "Documents of strangers, up to 16 KiB, {}: CPU of the dearest",
            world.database.name()
        ),
        ordergate: format!("{} ({})", milliseconds(dearest.cpu), dearest.what),
        baseline: format!("a small query: {}", milliseconds(small.cpu)),
        found: Some((milliseconds(dearest.cpu), !slow_and_refused)),
        to_reach: "≤ 10 ms, or real data within its cost".to_owned(),
        before: None,
    })
}

struct Dear {
    rows: Vec<Row>,
    /// Those that are let through.
    requests: Vec<(&'static str, Vec<u8>)>,
}

async fn dearest(world: &World, small: &Cost) -> anyhow::Result<Dear> {
    let mut costs = Vec::new();
    for (what, text) in dear_documents() {
        let cost = cost(world, what, |_| ask(&world.seller, &text)).await?;
        if !cost.refused {
            costs.push((cost, text));
        }
    }
    let (cost, _) =
        costs.iter().max_by_key(|(cost, _)| cost.cpu).context("everything was refused")?;
    let largest = costs.iter().map(|(cost, _)| cost.bytes).max().unwrap_or_default();
    let memory = costs.iter().map(|(cost, _)| cost.memory).max().unwrap_or_default();
    let row = |what: &str, ordergate: String, good: bool, to_reach: &str| Row {
        what: format!("Dearest request that is let through, {}: {what}", world.database.name()),
        ordergate: ordergate.clone(),
        baseline: format!("a small query: {}, {} bytes", milliseconds(small.cpu), small.bytes),
        found: Some((ordergate, good)),
        to_reach: to_reach.to_owned(),
        before: None,
    };
    let cpu = milliseconds(cost.cpu);
    let rows = vec![
        row(&format!("CPU ({})", cost.what), cpu, cost.cpu <= MOST_CPU, "≤ 250 ms"),
        row("bytes", format!("{} KiB", largest / 1024), largest <= MOST_BYTES, "≤ 8 MiB"),
        row("memory", format!("{} MiB", memory / 1024 / 1024), memory <= MOST_MEMORY, "≤ 256 MiB"),
    ];
    let requests = costs.iter().map(|(cost, text)| (cost.what, ask(&world.seller, text)));
    Ok(Dear { rows, requests: requests.collect() })
}

/// What a tenant notices at worst while two clients of another one send a dear request as fast as they can.
async fn neighbour(
    place: &Place,
    world: &World,
    dear: Vec<(&'static str, Vec<u8>)>,
) -> anyhow::Result<Row> {
    let created = run(Command::new(&place.ordergate).args([
        "tenant",
        "create",
        "--name",
        "Neighbour",
        "--database-url",
        &world.url,
    ]))?;
    let key = created.lines().find_map(|line| line.strip_prefix("admin key:"));
    let key = key.context("the tenant has no key")?.trim().to_owned();
    let length = Duration::from_secs(if place.quick { 2 } else { 10 });
    let request =
        "{ viewer { role } orders(first: 20) { nodes { id } } orderLifecycle { from to } }";
    let small = || Always::new(vec![ask(&key, request)]);
    let shown = |sample: &Sample| {
        format!("median {}, p99 {}", milliseconds(sample.median()), milliseconds(sample.p99()))
    };
    let quiet = drive(world.server.address, 1, length, small()).await?.latency;
    let (mut worst, mut always_ready) = (None, true);
    for (what, request) in dear {
        let attack = Arc::new(Attack {
            request: request.into(),
            stop: AtomicBool::new(false),
            sent: AtomicUsize::new(0),
        });
        let attackers = tokio::spawn(drive(world.server.address, 2, length * 4, attack.clone()));
        let busy = drive(world.server.address, 1, length, small()).await?.latency;
        always_ready &= is_ready(&world.server).await;
        attack.stop.store(true, Ordering::Relaxed);
        attackers.await??;
        let sent = attack.sent.load(Ordering::Relaxed);
        ensure!(sent > 2, "nobody attacked");
        eprintln!("  beside {what}: {}; {sent} of them", shown(&busy));
        if worst.as_ref().is_none_or(|(_, _, other): &(_, _, Sample)| other.p99() < busy.p99()) {
            worst = Some((what, sent, busy));
        }
    }
    let (what, sent, busy) = worst.context("everything was refused")?;
    let ratio = busy.p99().as_secs_f64() / quiet.p99().as_secs_f64();
    Ok(Row {
        what: format!(
            "Another tenant's small query beside two clients with the worst of them, {}",
            world.database.name()
        ),
        ordergate: format!("{} ({what}); {sent} of them; ready: {always_ready}", shown(&busy)),
        baseline: format!("quiet: {}", shown(&quiet)),
        found: at_most(ratio, 3.0).map(|(ratio, good)| (ratio, good && always_ready)),
        to_reach: "p99 ≤ 3 × the quiet one; /readyz 200".to_owned(),
        before: None,
    })
}

async fn is_ready(server: &Server) -> bool {
    let Ok(mut connection) = Connection::open(server.address).await else { return false };
    connection.exchange(&http::get("/readyz")).await.is_ok()
}

/// The same request until it is told to stop.
struct Attack {
    request: Arc<[u8]>,
    stop: AtomicBool,
    sent: AtomicUsize,
}

impl Requests for Attack {
    fn next(&self) -> Option<Arc<[u8]>> {
        (!self.stop.load(Ordering::Relaxed)).then(|| self.request.clone())
    }

    fn answered(&self, _: &[u8]) -> anyhow::Result<()> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn may_be_refused(&self) -> bool {
        true
    }
}

fn ask(key: &str, query: &str) -> Vec<u8> {
    http::graphql(key, query, &json!({}))
}

/// The largest or strangest that somebody without a credential can send.
fn strangers_documents() -> Vec<(&'static str, String)> {
    let nested = |open: &str, close: &str, times: usize| open.repeat(times) + &close.repeat(times);
    let numbered = |times: usize, one: fn(usize) -> String| (0..times).map(one).collect::<String>();
    vec![
        ("a small document", "{ viewer { role } }".to_owned()),
        ("brackets", format!("{{a(x:{})}}", nested("[", "]", 8_000))),
        ("objects", format!("{{a(x:{})}}", nested("{a:", "}", 4_000))),
        ("selections", nested("{a", "}", 5_400)),
        ("quotes and backslashes", format!("{{a(x:[{}])}}", "\"\\\\\"\"\"".repeat(2_700))),
        ("escapes", format!("{{a(x:\"{}\")}}", "\\u0041".repeat(2_700))),
        ("operations", "{a}".repeat(5_000)),
        ("named operations", numbered(10, |n| format!("query q{n} {{ viewer {{ role }} }}"))),
        ("duplicate fields", format!("{{{}}}", "a ".repeat(8_150))),
        ("duplicate valid fields", format!("{{viewer{{{}}}}}", "role ".repeat(950))),
        ("unknown fields", format!("{{{}}}", numbered(950, |n| format!("f{n} ")))),
        (
            "unknown arguments",
            format!("{{viewer({}){{role}}}}", numbered(1_900, |n| format!("a{n}:1 "))),
        ),
        (
            "unused variables",
            format!("query({}){{viewer{{role}}}}", numbered(1_300, |n| format!("$v{n}:Int "))),
        ),
        (
            "fragments",
            "{__typename}".to_owned()
                + &numbered(20, |n| format!("fragment f{n} on Query{{viewer{{role}}}}")),
        ),
        ("commas", format!("{{a{}}}", ",".repeat(16_000))),
        ("a list", format!("{{nodes(ids:[{}]){{id}}}}", "1 ".repeat(3_900))),
        (
            "an object with one key again and again",
            format!("{{a(x:{{{}}})}}", "k:1 ".repeat(1_900)),
        ),
        (
            "introspection in a circle",
            format!(
                "{{__schema{{types{{fields{{type{{fields{{{}}}}}}}}}}}}}",
                "type{ofType{name}}".repeat(320)
            ),
        ),
    ]
}

/// The dearest that a seller can ask for.
fn dear_documents() -> Vec<(&'static str, String)> {
    let aliased = |times: usize, one: &str| {
        let fields: Vec<_> = (0..times).map(|n| format!("a{n}: {one}")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    let introspection = "__schema { types { name fields { name type { name ofType { name } } args { name type { name } } } enumValues { name } inputFields { name } } }";
    vec![
        ("lines of orders of lines", "{ orders(first: 100) { nodes { lines { order { lines { id } } } } } }".to_owned()),
        ("the same with offers", "{ orders(first: 100) { nodes { id lines { order { id lines { id offer { id name } } } } } } }".to_owned()),
        ("a page with its lines", "{ orders(first: 100) { nodes { id number status customer { name } lines { id quantity offer { name } product { name } } totals { gross { formatted } } } } }".to_owned()),
        ("orders of customers", "{ customers(first: 100) { nodes { name orders(first: 20) { nodes { id } } } } }".to_owned()),
        ("history of orders", "{ orders(first: 100) { nodes { history(first: 20) { nodes { position kind } } } } }".to_owned()),
        ("counts", aliased(10, "orders { totalCount }")),
        ("counts of customers", "{ customers(first: 60) { nodes { orders(first: 1) { totalCount } } } }".to_owned()),
        ("searches", aliased(10, "orders(first: 50, filter: { text: \"o\" }) { totalCount nodes { id } }")),
        ("searches without counts", aliased(10, "orders(first: 50, filter: { text: \"o\" }) { nodes { id } }")),
        ("a search with its count", "{ orders(first: 50, filter: { text: \"o\" }) { totalCount nodes { id } } }".to_owned()),
        ("lines of offers", "{ orders(first: 100) { nodes { lines { offer { orders(first: 1) { totalCount } } } } } }".to_owned()),
        ("introspection", aliased(10, introspection)),
        ("introspection once", format!("{{ {introspection} }}")),
    ]
}
