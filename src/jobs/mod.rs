//! What runs by itself. Every job looks for its work in the database, so a restart forgets none of it, and does each
//! piece in a transaction that holds its row, so two nodes never do the same piece twice.

mod provisioning;
mod sweeps;

use std::sync::Arc;

use chrono::TimeDelta;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::app::App;

/// Starts all jobs. They run on `tasks` until `stop`, and finish the piece they are at.
///
/// `keep_events_for` says how long events are kept; none: for ever.
pub fn start(
    app: &Arc<App>,
    keep_events_for: Option<TimeDelta>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    tasks.spawn(provisioning::run(app.clone(), stop.clone()));
    tasks.spawn(sweeps::run(app.clone(), keep_events_for, stop.clone()));
}
