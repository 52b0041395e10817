//! Whether SQLite can be written: what the last attempt has shown.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sea_orm::DbErr;
use tokio::time::Instant;

use super::failure;
use crate::seldom::Seldom;

/// For how long an attempt that went well shows that the next one would.
const SHOWN_FOR: Duration = Duration::from_secs(10);

/// The outcome of the last writes.
#[derive(Debug, Default)]
pub(super) struct Health {
    seen: Mutex<Seen>,
    log: Seldom,
}

#[derive(Debug, Default)]
struct Seen {
    trouble: Option<Trouble>,
    /// When something was last stored.
    stored: Option<Instant>,
}

#[derive(Debug)]
struct Trouble {
    because: String,
    since: Instant,
    /// Whether it was logged.
    was_logged: bool,
}

impl Health {
    /// Something was stored.
    pub(super) fn worked(&self) {
        let mut seen = self.seen();
        seen.stored = Some(Instant::now());
        if let Some(trouble) = seen.trouble.take()
            && trouble.was_logged
        {
            let lasted = trouble.since.elapsed().as_secs_f64();
            tracing::info!("the database can be written again, after {lasted:.1} s");
        }
    }

    /// Nothing could be stored.
    pub(super) fn failed(&self, cause: &DbErr) {
        let because = failure::describe(cause);
        let unlogged = self.log.due();
        if let Some(untold) = unlogged {
            tracing::error!(untold, "cannot write to the database: {because}");
        }
        let mut seen = self.seen();
        seen.stored = None;
        let (since, was_logged) = match seen.trouble.take() {
            Some(before) => (before.since, before.was_logged),
            None => (Instant::now(), false),
        };
        seen.trouble =
            Some(Trouble { because, since, was_logged: was_logged || unlogged.is_some() });
    }

    /// Why nothing can be stored; none: as far as is known, it can.
    pub(super) fn trouble(&self) -> Option<String> {
        self.seen().trouble.as_ref().map(|trouble| trouble.because.clone())
    }

    /// Whether it was shown not long ago that something can be stored.
    pub(super) fn is_shown(&self) -> bool {
        self.seen().stored.is_some_and(|stored| stored.elapsed() < SHOWN_FOR)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
