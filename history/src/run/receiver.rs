//! Receivers of webhooks: watchers to whom events are posted.
//!
//! What a receiver takes it notes as what a watcher was told. Now and then it fails: before it has taken a message, or
//! afterwards, so that the same message comes again.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

use super::{
    api::{self, Place},
    feeds::MOVED,
    stage::{Act, Stage},
    watcher::Sight,
    world::Tenant,
};
use crate::entry::{Recv, Told, Watch, What};

/// What receivers want to be told.
const DOCUMENT: &str = "subscription { events {
    position kind orderId orderVersion trigger fromStatus toStatus
    customer { id } partner { id } order { version reference }
} }";
const CURSOR: &str = "query($id: ID!) { webhookEndpoint(id: $id) { cursor } }";
/// A receiver fails at one message in so many.
const FAILS_ONCE_IN: u32 = 100;
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// All receivers of a run, and the server that their endpoints lead to.
pub(super) struct Receivers {
    pub(super) sights: Vec<Arc<Sight>>,
    serving: JoinHandle<std::io::Result<()>>,
    looking: JoinHandle<()>,
}

/// One receiver: an endpoint of a seller or of a partner.
struct Receiver {
    name: String,
    /// A key that may look at the endpoint.
    key: String,
    endpoint: String,
    sight: Arc<Sight>,
    had: Mutex<Had>,
}

/// What a receiver has had.
#[derive(Default)]
struct Had {
    /// The places of the messages at which it has failed.
    failed: HashSet<i64>,
    /// The last place of a message that it took.
    taken: i64,
}

#[derive(Clone)]
struct Serving {
    stage: Arc<Stage>,
    receivers: Arc<Vec<Receiver>>,
    random: Arc<Mutex<StdRng>>,
}

impl Receivers {
    /// Sets two endpoints up for each tenant, the seller's and its partner's, and serves what is posted to them.
    pub(super) async fn start(stage: Arc<Stage>, seed: u64) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut receivers = Vec::new();
        for (index, tenant) in stage.tenants.iter().enumerate() {
            for partner_scope in [None, Some(tenant.partner.id.clone())] {
                let wants = Watch {
                    tenant: tenant.id.clone(),
                    document: "webhook".to_owned(),
                    partner_scope,
                    kinds: Some(vec![MOVED.to_owned()]),
                    at_least_once: true,
                    ..Watch::default()
                };
                let name = format!("r{}", receivers.len());
                let endpoint = endpoint(&stage, tenant, &wants, address, receivers.len()).await?;
                stage.recorder.note(&name, What::Watch(wants));
                let Place { epoch, pos } = Place::in_cursor(&tenant.beginning)?;
                stage.recorder.note(&name, What::Resume { conn: 1, node: 0, epoch, pos });
                receivers.push(Receiver {
                    name,
                    key: tenant.admin.clone(),
                    endpoint,
                    sight: Arc::new(Sight::of(index)),
                    had: Mutex::default(),
                });
            }
        }
        let sights = receivers.iter().map(|receiver| receiver.sight.clone()).collect();
        let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
        let serving = Serving { stage, receivers: Arc::new(receivers), random };
        let looking = tokio::spawn(look(serving.clone()));
        let router = Router::new().route("/{index}", post(take)).with_state(serving);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { sights, serving, looking })
    }

    /// Ends all of it.
    pub(super) async fn end(self) {
        self.serving.abort();
        self.looking.abort();
        // Both hold the stage until they are over, which they now are.
        drop(self.serving.await);
        drop(self.looking.await);
    }
}

async fn endpoint(
    stage: &Stage,
    tenant: &Tenant,
    wants: &Watch,
    address: SocketAddr,
    index: usize,
) -> anyhow::Result<String> {
    let query =
        "mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
        webhookEndpoint { id } userErrors { code message } } }";
    let input = json!({
        "url": format!("http://localhost:{}/{index}", address.port()),
        "kinds": wants.kinds, "document": DOCUMENT, "partnerId": wants.partner_scope,
    });
    let variables = json!({ "input": input });
    let made = api::ask(&stage.client, stage.nodes[0], &tenant.admin, query, variables).await?;
    Ok(made["webhookEndpoint"]["id"].as_str().context("no endpoint was made")?.to_owned())
}

/// Takes a message, or fails.
async fn take(
    State(serving): State<Serving>,
    Path(index): Path<usize>,
    Json(message): Json<Value>,
) -> StatusCode {
    let Some(receiver) = serving.receivers.get(index) else { return StatusCode::NOT_FOUND };
    let event = &message["data"]["events"];
    let cursor = message["cursor"].as_str().and_then(|cursor| Place::in_cursor(cursor).ok());
    let Some(Place { epoch, pos }) = cursor.filter(|_| event.is_object()) else {
        return StatusCode::BAD_REQUEST;
    };
    let fails = serving.stage.act() == Act::Busy && {
        let mut random = serving.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.random_ratio(1, FAILS_ONCE_IN)
    };
    let mut had = receiver.had.lock().unwrap_or_else(PoisonError::into_inner);
    // Twice at the same message would be a long pause.
    let fails = fails && had.failed.insert(pos);
    if !fails || pos % 2 == 0 {
        had.taken = had.taken.max(pos);
        let recv = Recv { conn: 1, node: 0, epoch, pos, told: Told::by(event) };
        serving.stage.recorder.note(&receiver.name, What::Recv(recv));
    }
    if fails { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
}

/// Looks how far endpoints have come once nothing new happens, and notes it: whatever is for them up to there was posted.
async fn look(serving: Serving) {
    let Serving { stage, receivers, .. } = serving;
    stage.reaches(Act::Quiet).await;
    loop {
        for receiver in receivers.iter() {
            let variables = json!({ "id": receiver.endpoint });
            let answer =
                api::post(&stage.client, stage.nodes[0], &receiver.key, CURSOR, variables).await;
            let cursor = answer.ok().and_then(|answer| {
                let cursor = answer["data"]["webhookEndpoint"]["cursor"].as_str()?;
                Place::in_cursor(cursor).ok()
            });
            let Some(Place { epoch, pos }) = cursor else { continue };
            let had = receiver.had.lock().unwrap_or_else(PoisonError::into_inner);
            // What was taken since the answer was made is noted already.
            if pos >= had.taken && receiver.sight.pos.swap(pos, Ordering::Relaxed) != pos {
                stage.recorder.note(&receiver.name, What::Passed { conn: 1, epoch, pos });
            }
        }
        sleep(LOOK_EVERY).await;
    }
}
