//! Counters of a node's feeds, since it started.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts that only rise.
#[derive(Debug, Default)]
pub struct Counters {
    events: AtomicU64,
    executions: AtomicU64,
    deliveries: AtomicU64,
}

impl Counters {
    /// Tails have read events from the log.
    pub(super) fn events_read(&self, count: usize) {
        self.events.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// An event was executed: for a group of watchers, or for a watcher on its own.
    pub fn executed(&self) {
        self.executions.fetch_add(1, Ordering::Relaxed);
    }

    /// An answer was delivered to one watcher's connection.
    pub fn delivered(&self) {
        self.deliveries.fetch_add(1, Ordering::Relaxed);
    }

    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub fn executions(&self) -> u64 {
        self.executions.load(Ordering::Relaxed)
    }

    pub fn deliveries(&self) -> u64 {
        self.deliveries.load(Ordering::Relaxed)
    }
}
