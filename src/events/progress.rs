//! How far one feed has come: written by the feed, read by the transport that carries it.

use std::{
    any::Any,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, oneshot};

use super::{cursor::Cursor, tail::Place};

/// Shared by a feed and its transport.
///
/// A feed is asked for its next event only after the transport has taken the answer to the last one, so at most one
/// event is on its way at any time.
///
/// | Who | Calls | When |
/// | --- | --- | --- |
/// | The feed | `pass` | It begins at a place, or an event is not for the watcher. |
/// | | `hand_out` | Right before it yields an event, or a field its snapshot. |
/// | | `offer` | Before its first event, after each, and when it has caught up. |
/// | | `follow` | It has caught up and joined the tail; it has left the tail again. |
/// | A field whose feed has a state | `set_state` | Right before it yields: the state with what it yields. |
/// | | `withdraw` | Instead of yielding: the event has changed nothing. |
/// | | `offer` | Instead of its feed: before it waits for an event. |
/// | The transport | `in_hand` | It has got an answer, and wants to know its cursor. |
/// | | `deliver` | It has given the answer on, and is about to ask for the next one. |
/// | | `offered` | While it waits for an answer. |
/// | | `passed` | Nothing has happened for a while. |
/// | A group | `state` | It keeps an answer: what had been told with it. |
/// | | `passed` | Somebody wants to join, or has heard nothing for a while. |
#[derive(Clone, Debug, Default)]
pub struct Progress {
    shared: Arc<Shared>,
    makes_offers: bool,
}

#[derive(Debug, Default)]
struct Shared {
    places: Mutex<Places>,
    /// Rung when there is an offer.
    offered: Notify,
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
    offer: Option<Offer>,
}

/// A feed waits at a place to hear whether somebody else carries it on from there.
///
/// Whoever does drops the feed. Where the offer is dropped and the feed is not, the feed goes on by itself.
#[derive(Debug)]
pub struct Offer {
    pub handover: Handover,
    _pending: oneshot::Sender<Infallible>,
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
    /// Progress of a feed that offers to be carried on by somebody else wherever it can be. Its transport is to wait for
    /// the offers: see [`Progress::offered`].
    pub fn with_offers() -> Self {
        Self { shared: Arc::default(), makes_offers: true }
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

    /// Offers to be carried on by somebody else from here, and returns if nobody does. If somebody does, the feed is
    /// dropped while it waits.
    pub(crate) async fn offer(&self, handover: Handover) {
        if !self.makes_offers {
            return;
        }
        let (pending, declined) = oneshot::channel();
        self.lock().offer = Some(Offer { handover, _pending: pending });
        self.shared.offered.notify_one();
        // Nothing is ever sent: it is over when the offer is dropped.
        let (Ok(_) | Err(_)) = declined.await;
    }

    /// Waits for the feed to offer itself. The feed makes its offers while it is asked for an event, so it must be asked
    /// as well; until the offer is dropped, it has none.
    pub async fn offered(&self) -> Offer {
        loop {
            let offer = self.lock().offer.take();
            if let Some(offer) = offer {
                return offer;
            }
            self.shared.offered.notified().await;
        }
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
        self.shared.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
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

    #[tokio::test]
    async fn a_feed_that_offers_itself_goes_on_when_the_offer_is_declined() {
        let progress = Progress::with_offers();
        let handover = Handover { at: at(7), behind: 0, state: State::default() };
        let mut feed = Box::pin(progress.offer(handover));
        assert!(progress.offered().now_or_never().is_none());
        assert!((&mut feed).now_or_never().is_none());
        let offer = progress.offered().await;
        assert_eq!(offer.handover.at, at(7));
        assert!(
            (&mut feed).now_or_never().is_none() && progress.offered().now_or_never().is_none()
        );
        drop(offer);
        assert!(feed.now_or_never().is_some());
    }

    #[test]
    fn a_feed_that_nobody_may_carry_on_does_not_wait() {
        let handover = Handover { at: at(7), behind: 0, state: State::default() };
        assert!(Progress::default().offer(handover).now_or_never().is_some());
    }
}
