//! A value that is fetched at most so often, however many ask.

use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

/// A value that was fetched lately.
pub(super) struct Lately<T> {
    /// How long it may be taken for true.
    good_for: Duration,
    last: Mutex<Option<(Instant, T)>>,
}

impl<T: Clone> Lately<T> {
    pub(super) fn good_for(good_for: Duration) -> Self {
        Self { good_for, last: Mutex::default() }
    }

    /// The value that was fetched lately, or is fetched now: by one for all who ask meanwhile.
    pub(super) async fn get(&self, find_out: impl AsyncFnOnce() -> T) -> T {
        let mut last = self.last.lock().await;
        if let Some((at, value)) = &*last
            && at.elapsed() < self.good_for
        {
            return value.clone();
        }
        let value = find_out().await;
        *last = Some((Instant::now(), value.clone()));
        value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_finds_out_for_all_who_ask() {
        let times = AtomicU32::new(0);
        let lately = Lately::good_for(Duration::from_secs(1));
        let ask = || {
            lately.get(async || {
                sleep(Duration::from_millis(100)).await;
                times.fetch_add(1, Ordering::Relaxed) + 1
            })
        };
        assert_eq!(join_all((0..10).map(|_| ask())).await, [1; 10]);
        advance(Duration::from_millis(999)).await;
        assert_eq!(ask().await, 1);
        advance(Duration::from_millis(1)).await;
        assert_eq!(ask().await, 2);
    }
}
