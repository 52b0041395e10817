//! What every use case is given.

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock, events::tail::Tails, metrics::Metrics, services::catalogue::Catalogue,
    store::Store,
};

/// The running service: its database, its clock, its view of the event log, what it remembers of the catalogue, and what
/// it has counted.
pub struct App {
    pub store: Store,
    pub clock: Clock,
    pub tails: Tails,
    pub catalogue: Arc<Catalogue>,
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
        let catalogue = Arc::new(Catalogue::new(store.wakeups().clone()));
        let metrics = Arc::new(Metrics::new(&store));
        Self { store, clock, tails, catalogue, metrics }
    }
}
