//! What every use case is given.

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{clock::Clock, events::tail::Tails, metrics::Metrics, store::Store};

/// The running service: its database, its clock, its view of the event log, and what it has counted.
pub struct App {
    pub store: Store,
    pub clock: Clock,
    pub tails: Tails,
    pub metrics: Arc<Metrics>,
    /// Where others reach the service, without a slash at the end; empty: nobody has said.
    pub public_url: String,
}

impl App {
    /// Puts the service together. Its background work runs on `tasks` until `stop`.
    pub fn new(store: Store, clock: Clock, tasks: &TaskTracker, stop: &CancellationToken) -> Self {
        let tails = Tails::new(
            store.readers().clone(),
            store.wakeups().clone(),
            tasks.clone(),
            stop.clone(),
        );
        let metrics = Arc::new(Metrics::new(&store));
        Self { store, clock, tails, metrics, public_url: String::new() }
    }

    /// The same, reached by others at an address.
    #[must_use]
    pub fn reached_at(self, public_url: String) -> Self {
        Self { public_url, ..self }
    }
}
