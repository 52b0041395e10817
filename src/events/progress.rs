//! How far one feed has come: written by the feed, read by the transport that carries it.

use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{cursor::Cursor, tail::Place};

/// Shared by a feed and its transport.
///
/// A feed is asked for its next event only after the transport has taken the answer to the last one, so at most one
/// event is on its way at any time.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    places: Arc<Mutex<Places>>,
    successor: Option<Arc<dyn Successor>>,
}

#[derive(Debug, Default)]
struct Places {
    passed: Option<Cursor>,
    /// Handed out, and not yet given on.
    on_its_way: Option<Cursor>,
    /// Passed since something was handed out.
    behind_it: Option<Cursor>,
    state: u64,
    /// Set once the feed has caught up and follows the log.
    in_tail: Option<Arc<Place>>,
}

/// Somebody who carries a feed on for many watchers at once.
pub trait Successor: Send + Sync {
    /// Whether everything after the handover will be told by the successor; then the feed ends without a word.
    fn take_over(&self, handover: Handover) -> bool;
}

/// Where a feed is to be carried on.
#[derive(Clone, Debug)]
pub struct Handover {
    /// All up to here has been told, or is not for the watcher.
    pub at: Cursor,
    /// How many positions the log is ahead.
    pub behind: i64,
    pub state: State,
}

/// What a feed has told so far, where what it tells next depends on that. Two feeds may go on as one where it is equal.
#[derive(Clone, Debug, Default)]
pub struct State {
    digest: u64,
    value: Option<Arc<dyn Any + Send + Sync>>,
}

impl State {
    /// `digest` is equal for equal values.
    pub fn new<T: Any + Send + Sync>(digest: u64, value: Arc<T>) -> Self {
        Self { digest, value: Some(value) }
    }

    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Whether what the feed tells next depends on what it has told.
    pub fn is_kept(&self) -> bool {
        self.value.is_some()
    }

    /// The value, if the feed that told it was of the same kind.
    pub fn value<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.value.clone()?.downcast().ok()
    }
}

/// Where a feed is to begin, whatever its arguments say: right behind where another one left off.
#[derive(Clone, Debug)]
pub struct CarryOn {
    pub after: Cursor,
    pub state: State,
}

impl Progress {
    /// Progress of a feed that is to be carried on by `successor` as soon as it can be.
    pub fn until(successor: Arc<dyn Successor>) -> Self {
        Self { places: Arc::default(), successor: Some(successor) }
    }

    /// The feed hands out the event at this cursor; its answer is being worked out.
    pub(crate) fn hand_out(&self, cursor: Cursor) {
        let mut places = self.lock();
        (places.on_its_way, places.behind_it) = (Some(cursor), None);
    }

    /// What has been told, the answer on its way included; see [`State`].
    pub(crate) fn set_state(&self, digest: u64) {
        self.lock().state = digest;
    }

    /// The digest of what has been told; see [`State`].
    pub fn state(&self) -> u64 {
        self.lock().state
    }

    /// The feed has passed events that are not for this watcher.
    pub(crate) fn pass(&self, cursor: Cursor) {
        let mut places = self.lock();
        if places.on_its_way.is_none() {
            places.passed = Some(cursor);
        } else {
            places.behind_it = Some(cursor);
        }
    }

    /// What was handed out up to this cursor changes nothing for the watcher, so there is no answer to it.
    pub(crate) fn withdraw(&self, cursor: Cursor) {
        let mut places = self.lock();
        places.on_its_way = None;
        places.passed = places.behind_it.take().or(Some(cursor));
    }

    /// The feed has caught up, and hears of what is for it only.
    pub(super) fn follow(&self, place: Option<Arc<Place>>) {
        self.lock().in_tail = place;
    }

    /// Asks whether somebody else carries the feed on from here. If so, the feed is to end.
    pub(crate) fn hand_over(&self, handover: Handover) -> bool {
        self.successor.as_ref().is_some_and(|successor| successor.take_over(handover))
    }

    /// The cursor that belongs to the answer that the transport has in hand.
    pub fn in_hand(&self) -> Option<Cursor> {
        let places = self.lock();
        places.on_its_way.or(places.passed)
    }

    /// The transport has given the answer at this cursor on. Not earlier may anybody be told that it, or what comes
    /// behind it, has been passed: whoever went on from there would miss it.
    pub fn deliver(&self, cursor: Cursor) {
        let mut places = self.lock();
        if places.on_its_way == Some(cursor) {
            places.on_its_way = None;
            places.passed = places.behind_it.take().or(Some(cursor));
        } else if places.passed.is_none_or(|passed| passed.position < cursor.position) {
            places.passed = Some(cursor);
        }
    }

    /// A cursor that skips nothing: all before it was delivered, or is not for this watcher. It never goes back.
    pub fn passed(&self) -> Option<Cursor> {
        let mut places = self.lock();
        let passed = places.passed?;
        if places.on_its_way.is_none()
            && let Some(quiet) = places.in_tail.as_ref().and_then(|place| place.told())
            && quiet.position > passed.position
        {
            // Kept: once something is on its way, the tail does not tell any more how far it is quiet.
            places.passed = Some(quiet);
        }
        places.passed
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for dyn Successor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Successor")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(position: i64) -> Cursor {
        Cursor { epoch: Uuid::nil(), position }
    }

    #[test]
    fn nothing_is_passed_before_what_was_handed_out_is_delivered() {
        let progress = Progress::default();
        progress.pass(at(1));
        progress.hand_out(at(2));
        // A feed that tells several events as one looks ahead.
        progress.pass(at(3));
        assert_eq!((progress.in_hand(), progress.passed()), (Some(at(2)), Some(at(1))));
        progress.deliver(at(2));
        assert_eq!(progress.passed(), Some(at(3)));
    }

    #[test]
    fn what_is_withdrawn_is_passed() {
        let progress = Progress::default();
        progress.pass(at(1));
        progress.hand_out(at(2));
        progress.withdraw(at(2));
        assert_eq!(progress.passed(), Some(at(2)));
        progress.hand_out(at(3));
        progress.pass(at(4));
        progress.withdraw(at(3));
        assert_eq!(progress.passed(), Some(at(4)));
    }
}
