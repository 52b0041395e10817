//! When the parts of the program end: requests first, then background work, then storage.

use std::time::Duration;

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

/// How long background work, and after it storage, may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tasks of the program in the order in which they end: whatever still runs can count on what ends after it.
#[derive(Debug, Default)]
pub(super) struct Lifetime {
    requests: Stage,
    background: Stage,
    storage: Stage,
}

#[derive(Debug, Default)]
struct Stage {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Lifetime {
    /// Ends on SIGTERM or SIGINT: what serves requests. A second signal ends the program at once.
    pub(super) fn until_signal() -> std::io::Result<Self> {
        let lifetime = Self::default();
        let stop = lifetime.requests.stop.clone();
        let mut signals = Signals::listen()?;
        tokio::spawn(async move {
            let name = signals.next().await;
            info!("{name} received; finishing what is under way");
            stop.cancel();
            let name = signals.next().await;
            warn!("{name} received again; ending at once");
            std::process::exit(130);
        });
        Ok(lifetime)
    }

    pub(super) fn requests(&self) -> (&TaskTracker, &CancellationToken) {
        self.requests.parts()
    }

    pub(super) fn background(&self) -> (&TaskTracker, &CancellationToken) {
        self.background.parts()
    }

    pub(super) fn storage(&self) -> (&TaskTracker, &CancellationToken) {
        self.storage.parts()
    }

    /// Ends everything, stage by stage.
    pub(super) async fn end(self) {
        for (name, stage) in [
            ("requests", self.requests),
            ("background work", self.background),
            // Last: what the others were still writing is on disk when its writer ends.
            ("storage", self.storage),
        ] {
            stage.stop.cancel();
            stage.tasks.close();
            if tokio::time::timeout(PATIENCE, stage.tasks.wait()).await.is_err() {
                warn!("{name} did not end within {} s", PATIENCE.as_secs());
            }
        }
    }
}

impl Stage {
    fn parts(&self) -> (&TaskTracker, &CancellationToken) {
        (&self.tasks, &self.stop)
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
