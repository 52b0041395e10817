//! Log lines for trouble that lasts: one at once, then one now and again.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

const EVERY: Duration = Duration::from_secs(30);

/// Decides when to log trouble that lasts: at once, and then every 30 seconds.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<Reported>);

#[derive(Debug, Default)]
struct Reported {
    last: Option<Instant>,
    unreported: u64,
}

impl Seldom {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Reported { last: None, unreported: 0 }))
    }

    /// How often the trouble was left out of the log since it was last there, if it is to be logged now.
    pub(crate) fn due(&self) -> Option<u64> {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.last.is_some_and(|last| last.elapsed() < EVERY) {
            reported.unreported += 1;
            return None;
        }
        reported.last = Some(Instant::now());
        Some(std::mem::take(&mut reported.unreported))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_lasts_is_reported_at_once_and_then_now_and_again_with_how_often_it_was_not() {
        let seldom = Seldom::new();
        assert_eq!(seldom.due(), Some(0));
        assert_eq!((seldom.due(), seldom.due()), (None, None));
        advance(EVERY).await;
        assert_eq!(seldom.due(), Some(2));
        assert_eq!(seldom.due(), None);
    }
}
