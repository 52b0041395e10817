//! How a job works in rounds: it does what is due, rests, and looks again, for as long as the program runs.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{Round, count};
use crate::{app::App, error::Outcome, seldom::Seldom, store::Lease};

/// A job that works in rounds, while this node has its lease.
pub(super) trait Rounds: Send {
    /// As numbers and the log call it.
    const NAME: &'static str;
    const RESTS: Rests;

    fn lease(&self) -> &Lease;

    /// Does one round. An error means that something could not be done now, and that all of it is to rest.
    fn do_what_is_due(
        &mut self,
        app: &App,
        stop: &CancellationToken,
    ) -> impl Future<Output = Outcome<Round>> + Send;
}

/// How long a job rests between two looks for work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rests {
    /// Where nothing was due, and no hint arrives.
    pub(super) look_every: Duration,
    /// After a hint that a log has grown: what changes within this time is looked at together. None: no hint is heeded.
    pub(super) together: Option<Duration>,
    pub(super) after_failure: Duration,
}

/// Works until it is told to stop, and finishes the round that it is at.
pub(super) async fn run<J: Rounds>(app: Arc<App>, mut job: J, stop: CancellationToken) {
    let Rests { look_every, together, after_failure } = J::RESTS;
    let trouble = Seldom::new();
    let mut hints = together.map(|together| (together, app.store.wakeups().listen()));
    while !stop.is_cancelled() {
        let begun = Instant::now();
        let round = job.do_what_is_due(&app, &stop).await;
        count(&app, J::NAME, round.as_ref().copied().map_err(|_| ()), begun);
        let rest = match (round, &mut hints) {
            (Ok(Round::Done), _) => continue,
            (Ok(Round::NothingDue), Some((together, hints))) => {
                tokio::select! {
                    _ = hints.next() => {}
                    () = tokio::time::sleep(look_every) => {}
                    () = stop.cancelled() => {}
                }
                *together
            }
            (Ok(Round::NothingDue | Round::DoneElsewhere), _) => look_every,
            (Err(cause), _) => {
                if let Some(untold) = trouble.due() {
                    let name = J::NAME;
                    error!(
                        ?cause,
                        untold, "could not do all that is due of {name}; it is tried again"
                    );
                }
                after_failure
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(rest)).await;
    }
    if let Err(error) = job.lease().release(&app.store).await {
        warn!(%error, "could not release the lease of {}; it runs out by itself", J::NAME);
    }
}
