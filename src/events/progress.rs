//! How far one feed has come: written by the feed, read by the transport that carries it.

use std::sync::{Arc, Mutex, PoisonError};

use super::cursor::Cursor;

/// Shared by a feed and its transport.
///
/// A feed is asked for its next event only after the transport has taken the answer to the last one, so at most one
/// event is on its way at any time.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    places: Arc<Mutex<Places>>,
}

#[derive(Debug, Default)]
struct Places {
    passed: Option<Cursor>,
    on_its_way: Option<Cursor>,
}

impl Progress {
    /// The feed hands out the event at this cursor; its answer is being worked out.
    pub(crate) fn hand_out(&self, cursor: Cursor) {
        self.lock().on_its_way = Some(cursor);
    }

    /// The feed has passed events that are not for this watcher.
    pub(crate) fn pass(&self, cursor: Cursor) {
        self.lock().passed = Some(cursor);
    }

    /// The transport has an answer in hand; gives the cursor that belongs to it.
    pub fn deliver(&self) -> Option<Cursor> {
        let mut places = self.lock();
        if let Some(cursor) = places.on_its_way.take() {
            places.passed = Some(cursor);
        }
        places.passed
    }

    /// A cursor that skips nothing: all before it was delivered, or is not for this watcher.
    pub fn passed(&self) -> Option<Cursor> {
        self.lock().passed
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
