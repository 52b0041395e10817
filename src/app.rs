//! What every use case is given.

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{clock::Clock, events::tail::Tails, store::Store};

/// The running service: its database, its clock and its view of the event log.
pub struct App {
    pub store: Store,
    pub clock: Clock,
    pub tails: Tails,
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
        Self { store, clock, tails }
    }
}
