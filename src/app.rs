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
        Self { store, clock, tails, metrics }
    }
}
