//! What every use case is given.

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock,
    events::tail::Tails,
    mail::Mailer,
    metrics::Metrics,
    outbound::{Reach, client::Client},
    store::Store,
};

/// The running service: its database, its clock, its view of the event log, what it has counted, and its way to the
/// addresses of others.
pub struct App {
    pub store: Store,
    pub clock: Clock,
    pub tails: Tails,
    pub metrics: Arc<Metrics>,
    /// Where others reach the service, without a slash at the end; empty: nobody has said.
    pub public_url: String,
    pub outbound: Client,
    /// What sends mail; none: nothing does.
    pub mailer: Option<Mailer>,
}

impl App {
    /// Puts the service together; it reaches what is on the public internet. Its background work runs on `tasks` until `stop`.
    pub fn new(store: Store, clock: Clock, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        let tails = Tails::new(
            store.readers().clone(),
            store.wakeups().clone(),
            tasks.clone(),
            stop.clone(),
        );
        let metrics = Arc::new(Metrics::new(&store));
        let outbound = Client::new(Reach::Public);
        Self { store, clock, tails, metrics, public_url: String::new(), outbound, mailer: None }
    }

    /// The same, reached by others at an address.
    #[must_use]
    pub fn reached_at(self, public_url: String) -> Self {
        Self { public_url, ..self }
    }

    /// The same, reaching others by another client.
    #[must_use]
    pub fn reaching(self, outbound: Client) -> Self {
        Self { outbound, ..self }
    }
}
