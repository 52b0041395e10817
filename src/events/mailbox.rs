//! The queue of events that were delivered to one feed and not yet taken.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entity::event;
use tokio::sync::Notify;

/// The longest queue of a slow feed. The feed backfills later events from the log.
const MOST_WAITING: usize = 1024;

/// Filled by the tenant's tail, emptied by one feed.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    contents: Mutex<Contents>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Contents {
    waiting: VecDeque<Arc<event::Model>>,
    /// The feed has taken an event and not yet asked for the next one.
    in_hand: bool,
    /// The queue has overflowed; nothing is put in any more.
    missed: bool,
    broken: bool,
}

/// An entry of the queue.
#[derive(Debug)]
pub(super) enum Letter {
    Event(Arc<event::Model>),
    /// The queue has overflowed: backfill from the log.
    Missed,
    /// The log is no longer the one that was followed.
    Broken,
}

impl Mailbox {
    pub(super) fn put(&self, event: &Arc<event::Model>) {
        let mut contents = self.lock();
        if contents.missed {
            return;
        }
        if contents.waiting.len() < MOST_WAITING {
            contents.waiting.push_back(event.clone());
        } else {
            contents.missed = true;
        }
        drop(contents);
        self.arrived.notify_one();
    }

    pub(super) fn put_end(&self) {
        self.lock().broken = true;
        self.arrived.notify_one();
    }

    /// Waits for the next letter. Asking for it acknowledges the last event.
    pub(super) async fn next(&self) -> Letter {
        self.lock().in_hand = false;
        loop {
            if let Some(letter) = self.take() {
                return letter;
            }
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<Letter> {
        let mut contents = self.lock();
        if let Some(event) = contents.waiting.pop_front() {
            contents.in_hand = true;
            Some(Letter::Event(event))
        } else if contents.broken {
            Some(Letter::Broken)
        } else {
            contents.missed.then_some(Letter::Missed)
        }
    }

    /// Whether every event was taken and acknowledged.
    pub(super) fn is_drained(&self) -> bool {
        let contents = self.lock();
        contents.waiting.is_empty() && !contents.in_hand && !contents.missed && !contents.broken
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
