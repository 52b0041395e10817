//! Webhooks: posts events to the endpoints that want them, to each in the order of the log and at least once; and order lines
//! to those that carry them out.
//!
//! Each endpoint that has something to do is a task of its own for a while, so that none holds up another; how many there
//! are at the same time is bounded, for a tenant and for all. Where an endpoint is, is written down after each event.

mod deliver;
pub(super) mod due;
mod lines;
mod places;
mod share;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use entity::{TenantId, WebhookEndpointId};
use tokio::{
    task::{Id as TaskId, JoinSet},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use self::{
    deliver::{Delivering, Ended},
    due::Due,
    places::Places,
};
use super::{Round, about, count};
use crate::{app::App, error::Outcome, graphql::payloads::Payloads, seldom::Seldom, store::Lease};

/// How late an event goes when no hint arrives, and how exactly a pause is kept.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Events within this time are looked for together.
const TOGETHER: Duration = Duration::from_millis(20);
/// How long all rests when it cannot be looked for work, and an endpoint of which something could not be read or written.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long events wait after the node that posted them has died.
const LEASE_LASTS: Duration = Duration::from_secs(3);
/// How long messages that are on their way are waited for when the program ends. What is not answered by then is posted
/// again.
const PATIENCE: Duration = Duration::from_secs(8);

pub(super) async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut courier = Courier::default();
    let trouble = Seldom::new();
    let mut hints = app.store.wakeups().listen();
    while !stop.is_cancelled() {
        let rest = match courier.begin_due(&app).await {
            Ok(Round::Done | Round::NothingDue) => TOGETHER,
            Ok(Round::DoneElsewhere) => LOOK_EVERY,
            Err(cause) => {
                if let Some(untold) = trouble.due() {
                    error!(
                        ?cause,
                        untold, "could not look for webhooks; it is tried again every second"
                    );
                }
                REST_AFTER_FAILURE
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(rest)).await;
        tokio::select! {
            ended = courier.ended(&app), if courier.is_busy() => {
                if let Err(cause) = ended
                    && let Some(untold) = trouble.due()
                {
                    error!(?cause, untold, "could not serve a webhook endpoint; it is tried again");
                }
            }
            _ = hints.next() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
    courier.end(&app).await;
}

/// Posts everything that is due by the app's clock, once, and returns when nothing is left to do here.
pub(super) async fn deliver_due(app: &Arc<App>) -> Outcome<()> {
    let mut courier = Courier::default();
    let mut outcome = Ok(());
    loop {
        courier.begin_due(app).await?;
        if !courier.is_busy() {
            return outcome;
        }
        outcome = outcome.and(courier.ended(app).await);
    }
}

/// What does the work, while this node has the lease.
struct Courier {
    lease: Arc<Lease>,
    /// Set up when there is an endpoint for the first time.
    payloads: OnceLock<Arc<Payloads>>,
    places: Places,
    busy: HashMap<TaskId, Busy>,
    /// What came of a turn, and when it began.
    running: JoinSet<(Outcome<Ended>, Instant)>,
    /// Endpoints of which something could not be read or written, each until when it rests.
    resting: HashMap<WebhookEndpointId, Instant>,
}

/// An endpoint that has a task.
#[derive(Clone, Copy, Debug)]
struct Busy {
    endpoint: WebhookEndpointId,
    tenant: TenantId,
    /// Whether it may fail.
    failing: bool,
}

impl Default for Courier {
    fn default() -> Self {
        Self {
            lease: Arc::new(Lease::new("webhooks", LEASE_LASTS)),
            payloads: OnceLock::new(),
            places: Places::default(),
            busy: HashMap::new(),
            running: JoinSet::new(),
            resting: HashMap::new(),
        }
    }
}

impl Courier {
    fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Looks for endpoints that have something to do, and begins with as many of them as may be.
    async fn begin_due(&mut self, app: &Arc<App>) -> Outcome<Round> {
        self.resting.retain(|_, until| *until > Instant::now());
        let due = due::due(app.store.readers(), app.clock.now()).await?;
        let is_free = |due: &Due| {
            !self.resting.contains_key(&due.endpoint)
                && !self.busy.values().any(|busy| busy.endpoint == due.endpoint)
        };
        let due = due.into_iter().filter(|due| is_free(due) && self.places.has_more(due));
        let due: Vec<_> = due.collect();
        if due.is_empty() && !self.is_busy() && self.places.is_empty() {
            return Ok(Round::NothingDue);
        }
        // Also while nothing begins: what is on its way is to be this node's until it is answered, and what it knows until
        // that is written down; another node would have to find it out again.
        if !self.lease.hold(&app.store).await? {
            // Whoever has it knows better by now.
            self.places = Places::default();
            return Ok(Round::DoneElsewhere);
        }
        self.places.keep(app, &self.lease).await?;
        for due in share::next(due, &self.busy.values().copied().collect::<Vec<_>>()) {
            self.begin(app, due);
        }
        Ok(Round::Done)
    }

    fn begin(&mut self, app: &Arc<App>, due: Due) {
        let payloads = self.payloads.get_or_init(|| Arc::new(Payloads::new(app.clone())));
        let delivering = Delivering {
            app: app.clone(),
            lease: self.lease.clone(),
            payloads: payloads.clone(),
            tenant_id: due.tenant,
            endpoint_id: due.endpoint,
        };
        let passed = self.places.of(due.endpoint);
        let task = self.running.spawn(async move {
            let begun = Instant::now();
            (Box::pin(delivering.run(passed)).await, begun)
        });
        let busy = Busy { endpoint: due.endpoint, tenant: due.tenant, failing: due.may_fail() };
        self.busy.insert(task.id(), busy);
    }

    /// Waits until some endpoint has done what it had to do, or has to wait.
    async fn ended(&mut self, app: &Arc<App>) -> Outcome<()> {
        let Some(joined) = self.running.join_next_with_id().await else { return Ok(()) };
        let (task, ended) = match joined {
            Ok((task, (ended, begun))) => {
                let round = ended.as_ref().map(|_| Round::Done).map_err(|_| ());
                count(app, "webhooks", round, begun);
                (task, ended)
            }
            Err(broken) => (broken.id(), Err(anyhow::Error::from(broken).into())),
        };
        let Some(busy) = self.busy.remove(&task) else { return Ok(()) };
        match ended {
            Ok(Ended::At(stretch)) => self.places.passed(&busy, stretch),
            Ok(Ended::Done) => self.places.forget(busy.endpoint),
            Err(cause) => {
                self.resting.insert(busy.endpoint, Instant::now() + REST_AFTER_FAILURE);
                return Err(about(cause, &format!("webhook endpoint {}", busy.endpoint)));
            }
        }
        Ok(())
    }

    /// Waits a while for what is on its way, and leaves the rest to whoever comes next.
    async fn end(mut self, app: &Arc<App>) {
        let until = Instant::now() + PATIENCE;
        while self.is_busy()
            && let Ok(ended) = timeout(until - Instant::now(), self.ended(app)).await
        {
            if let Err(cause) = ended {
                warn!(?cause, "could not serve a webhook endpoint; it is tried again");
            }
        }
        self.running.shutdown().await;
        if let Err(cause) = self.places.keep_all(app, &self.lease).await {
            warn!(?cause, "could not write down where webhook endpoints are; they look again");
        }
        if let Err(error) = self.lease.release(&app.store).await {
            warn!(%error, "could not release the lease of webhooks; it runs out by itself");
        }
    }
}
