//! What runs by itself. Every job looks for its work in the database, so a restart forgets none of it, and does each
//! piece in a transaction that holds its row, so that no piece is done twice.
//!
//! Each job has a lease, so that of several nodes one does it. Who finds work asks for the lease; the others leave it to
//! the one who has it, and take over when that one is no longer heard of.

mod billing;
mod mail;
mod provisioning;
pub mod queues;
mod rounds;
mod sweeps;
mod waiting;
mod webhooks;

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::rounds::Rounds;
use crate::{
    app::App,
    error::{Error, Outcome},
    metrics::JobRun,
};

/// Starts all jobs. They run on `tasks` until `stop`, and finish the piece they are at.
///
/// `keep_events_for` says how long events are kept; none: for ever.
pub fn start(
    app: &Arc<App>,
    keep_events_for: Option<TimeDelta>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    tasks.spawn(rounds::run(app.clone(), provisioning::Provisioner::default(), stop.clone()));
    tasks.spawn(rounds::run(app.clone(), billing::Biller::default(), stop.clone()));
    tasks.spawn(webhooks::run(app.clone(), stop.clone()));
    if let Some(post) = mail::Post::of(app) {
        tasks.spawn(rounds::run(app.clone(), post, stop.clone()));
    }
    tasks.spawn(sweeps::run(app.clone(), keep_events_for, stop.clone()));
}

/// Does everything that is due by the app's clock, once, and returns when nothing is left to do here. A job whose lease
/// another node has is left to that node.
pub async fn run_due(app: &Arc<App>, keep_events_for: Option<TimeDelta>) -> Outcome<()> {
    let never = CancellationToken::new();
    let mut provisioner = provisioning::Provisioner::default();
    while provisioner.do_what_is_due(app, &never).await? == Round::Done {}
    let mut biller = billing::Biller::default();
    while biller.do_what_is_due(app, &never).await? == Round::Done {}
    Box::pin(webhooks::deliver_due(app)).await?;
    if let Some(mut post) = mail::Post::of(app) {
        while Box::pin(post.do_what_is_due(app, &never)).await? == Round::Done {}
    }
    sweeps::sweep(app, &sweeps::lease(), keep_events_for).await.map(drop)
}

/// What became of one look for work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    NothingDue,
    /// There is work, and another node does it.
    DoneElsewhere,
    Done,
}

/// Counts a round of a job that did something, or failed.
fn count(app: &App, job: &'static str, round: Result<Round, ()>, begun: Instant) {
    let run = match round {
        Ok(Round::Done) => JobRun::Done,
        Err(()) => JobRun::Failed,
        Ok(Round::NothingDue | Round::DoneElsewhere) => return,
    };
    app.metrics.job_ran(job, run, begun.elapsed());
}

/// Says of a failure where it happened.
fn about(cause: Error, place: &str) -> Error {
    match cause {
        Error::Failed(cause) => Error::Failed(cause.context(place.to_owned())),
        refused @ Error::Refused(_) => refused,
    }
}
