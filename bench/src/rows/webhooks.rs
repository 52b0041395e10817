//! Webhooks: the same events posted to many endpoints, beside a client that posts the same bytes and does nothing else.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    routing::post,
};
use sea_orm::{ConnectOptions, Database as Connections};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::Notify,
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{
    arguments::Database,
    fill, http,
    load::{Always, drive},
    processes::{Server, run},
    results::{NOTHING, Row, at_most},
    world::{Place, World},
};

/// As many as the server posts to at the same time, of one tenant.
const IN_PARALLEL: usize = 16;
/// What endpoints want to be told; none: what they are told unless they say otherwise.
const DOCUMENTS: [Option<&str>; 4] = [
    None,
    Some("subscription { events { id kind toStatus } }"),
    Some(
        "subscription { events { id toStatus order { number status totals { gross { minorUnits } } } } }",
    ),
    Some(
        "subscription { events { id kind order { number status customer { name } \
         lines { quantity offer { name product { name } } } } } }",
    ),
];
const CREATE: &str = "mutation Create($input: CreateWebhookEndpointInput!) { \
    createWebhookEndpoint(input: $input) { webhookEndpoint { id } userErrors { code message } } }";
/// Counts payloads that were made.
const PAYLOADS: &str = "ordergate_webhook_payloads_total";
const PATIENCE: Duration = Duration::from_hours(1);

pub(crate) async fn measure(place: &mut Place, database: Database) -> anyhow::Result<Vec<Row>> {
    let (events, endpoints): (u64, usize) = if place.quick { (100, 20) } else { (10_000, 100) };
    let name = database.name();
    let World { url, server, .. } = place.world(database, "webhooks", events).await?;
    let admin = run(Command::new(&place.ordergate)
        .args(["key", "create", "--tenant", &fill::tenant_id(), "--role", "admin", "--name", "Ada"])
        .args(["--database-url", &url]))?;
    let receiver = Receiver::start(endpoints, events).await?;
    for (index, document) in (0..endpoints).zip(DOCUMENTS.into_iter().cycle()) {
        let url = format!("http://localhost:{}/{index}", receiver.address.port());
        let input = json!({ "url": url, "kinds": ["ORDER_STATUS_CHANGED"], "document": document });
        let made = server.ask(&admin, CREATE, &json!({ "input": input })).await?;
        let made = &made["createWebhookEndpoint"]["webhookEndpoint"];
        anyhow::ensure!(made.is_object(), "no endpoint was made");
    }

    eprintln!("Webhooks, {name}, {events} events to {endpoints} endpoints");
    let mut options = ConnectOptions::new(&url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Connections::connect(options).await?;
    let idle = server.memory()?;
    let payloads = payloads(&server).await?;
    let begun = Instant::now();
    fill::events(&connection, events).await?;
    connection.close().await?;
    receiver.has_all().await?;
    let took = begun.elapsed();
    let above_idle = server.memory()?.saturating_sub(idle) / 1_048_576;
    let executions = (self::payloads(&server).await? - payloads) / events as f64;
    drop(server);
    let posted = events as f64 * endpoints as f64;
    let ours = posted / took.as_secs_f64();

    let moment = Duration::from_millis(if place.quick { 500 } else { 6_000 });
    let posts = Always::whatever_is_answered(receiver.requests()?);
    let bare = drive(receiver.address, IN_PARALLEL, moment, posts).await?;
    let documents = DOCUMENTS.len();
    Ok(vec![
        Row {
            what: format!("Webhooks, {events} events to {endpoints} endpoints, {name}"),
            ordergate: format!("{ours:.0}/s; {above_idle} MiB above idle"),
            baseline: format!("{:.0}/s", bare.per_second),
            found: Some((format!("{:.2}", ours / bare.per_second), true)),
            to_reach: NOTHING.to_owned(),
            before: None,
        },
        Row {
            what: format!("Executions per event, with {documents} documents, {name}"),
            ordergate: format!("{executions:.2}"),
            baseline: documents.to_string(),
            found: at_most(executions / documents as f64, 1.05),
            to_reach: "one for each document".to_owned(),
            before: None,
        },
    ])
}

async fn payloads(server: &Server) -> anyhow::Result<f64> {
    server.counter(PAYLOADS).await.context("the server counts payloads")
}

/// Where all endpoints lead to: each has its own path.
struct Receiver {
    address: SocketAddr,
    inner: Arc<Inner>,
    serving: JoinHandle<std::io::Result<()>>,
}

struct Inner {
    /// How many messages have yet to come to an endpoint.
    to_come: Vec<AtomicU64>,
    endpoints_to_come: AtomicUsize,
    complete: Notify,
    /// The first message of each endpoint, as it came.
    first: Vec<OnceLock<(HeaderMap, Bytes)>>,
}

impl Receiver {
    async fn start(endpoints: usize, events: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            to_come: (0..endpoints).map(|_| AtomicU64::new(events)).collect(),
            endpoints_to_come: AtomicUsize::new(endpoints),
            complete: Notify::new(),
            first: (0..endpoints).map(|_| OnceLock::new()).collect(),
        });
        let router = Router::new().route("/{index}", post(take)).with_state(inner.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, inner, serving })
    }

    /// Waits until every endpoint has had every event.
    async fn has_all(&self) -> anyhow::Result<()> {
        timeout(PATIENCE, self.inner.complete.notified()).await.context("not all was posted")
    }

    /// What came first to each endpoint, to be posted again.
    fn requests(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let firsts = self.inner.first.iter().enumerate();
        let requests = firsts.map(|(index, first)| {
            let (headers, body) = first.get().context("nothing came")?;
            let signed = ["webhook-id", "webhook-timestamp", "webhook-signature"];
            let headers = signed.iter().map(|name| {
                let value = headers.get(*name).context("not signed")?.to_str()?;
                anyhow::Ok(format!("{name}: {value}\r\n"))
            });
            let headers = headers.collect::<anyhow::Result<String>>()?;
            Ok(http::post(&format!("/{index}"), &headers, str::from_utf8(body)?))
        });
        requests.collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(
    State(inner): State<Arc<Inner>>,
    Path(index): Path<usize>,
    headers: HeaderMap,
    body: Bytes,
) {
    let (Some(to_come), Some(first)) = (inner.to_come.get(index), inner.first.get(index)) else {
        return;
    };
    if first.get().is_none() {
        // Messages come one after the other.
        drop(first.set((headers, body)));
    }
    if to_come.fetch_sub(1, Ordering::Relaxed) == 1
        && inner.endpoints_to_come.fetch_sub(1, Ordering::Relaxed) == 1
    {
        inner.complete.notify_one();
    }
}
