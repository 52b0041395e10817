//! The progress of one feed: written by the feed, read by the transport that carries it.

use std::{
    any::Any,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, oneshot};

use super::{cursor::Cursor, tail::Registration};

/// Shared by a feed and its transport.
///
/// A transport asks for the next event only after it has taken the answer to the last one, so at most one event is in
/// flight at any time.
///
/// | Who | Calls | When |
/// | --- | --- | --- |
/// | The feed | `pass` | It begins at a cursor, or an event is not for the watcher. |
/// | | `hand_out` | Right before it yields an event, or a field its snapshot. |
/// | | `offer` | Before its first event, after each, and when it has caught up. |
/// | | `follow` | It has caught up and registered with the tail; it has left the tail again. |
/// | A field whose feed has a state | `set_state` | Right before it yields: the state with what it yields. |
/// | | `withdraw` | Instead of yielding: the event has changed nothing. |
/// | | `offer` | Instead of its feed: before it waits for an event. |
/// | The transport | `in_hand` | It has an answer, and asks for its cursor. |
/// | | `deliver` | It has delivered the answer, and is about to ask for the next one. |
/// | | `offered` | While it waits for an answer. |
/// | | `passed` | Nothing has happened for a while. |
/// | A group | `state` | It keeps an answer with the state after it. |
/// | | `passed` | A watcher wants to join, or nothing has been delivered to one for a while. |
#[derive(Clone, Debug, Default)]
pub struct Progress {
    shared: Arc<Shared>,
    makes_offers: bool,
}

#[derive(Debug, Default)]
struct Shared {
    positions: Mutex<Positions>,
    /// Rung when there is an offer.
    offered: Notify,
}

#[derive(Debug, Default)]
struct Positions {
    passed: Option<Cursor>,
    /// Handed out, and not yet delivered.
    in_flight: Option<Cursor>,
    /// Passed since something was handed out.
    passed_behind: Option<Cursor>,
    state: u64,
    /// Set while the feed follows the tail.
    registration: Option<Arc<Registration>>,
    offer: Option<Offer>,
}

/// An offer to hand a feed over. The feed waits at a cursor for the answer.
///
/// Whoever takes the feed over drops it. If only the offer is dropped, the feed goes on by itself.
#[derive(Debug)]
pub struct Offer {
    pub handover: Handover,
    _pending: oneshot::Sender<Infallible>,
}

/// The point at which a feed is handed over.
#[derive(Clone, Debug)]
pub struct Handover {
    /// Every event up to here was delivered, or is not for the watcher.
    pub at: Cursor,
    /// How many positions the log is ahead: the lag of the feed.
    pub behind: i64,
    pub state: State,
}

/// The state of a feed whose next answer depends on those before. Two feeds of equal state may go on as one.
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

    /// Whether the feed keeps a state at all.
    pub fn is_kept(&self) -> bool {
        self.value.is_some()
    }

    /// The value, if it comes from a feed of the same kind.
    pub fn value<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.value.clone()?.downcast().ok()
    }
}

/// The start of a feed that carries another one on: right behind its last event, whatever the arguments say.
#[derive(Clone, Debug)]
pub struct CarryOn {
    pub after: Cursor,
    pub state: State,
}

impl Progress {
    /// The progress of a feed that offers a handover wherever there can be one. Its transport must wait for the offers:
    /// see [`Progress::offered`].
    pub fn with_offers() -> Self {
        Self { shared: Arc::default(), makes_offers: true }
    }

    /// The feed hands out the event at this cursor, to be executed.
    pub(crate) fn hand_out(&self, cursor: Cursor) {
        let mut positions = self.lock();
        (positions.in_flight, positions.passed_behind) = (Some(cursor), None);
    }

    /// Sets the digest of the state after the answer in flight; see [`State`].
    pub(crate) fn set_state(&self, digest: u64) {
        self.lock().state = digest;
    }

    /// The digest of the state after the last answer; see [`State`].
    pub fn state(&self) -> u64 {
        self.lock().state
    }

    /// The feed passes events that are not for this watcher.
    pub(crate) fn pass(&self, cursor: Cursor) {
        let mut positions = self.lock();
        if positions.in_flight.is_none() {
            positions.passed = Some(cursor);
        } else {
            positions.passed_behind = Some(cursor);
        }
    }

    /// The event that was handed out at this cursor changes nothing for the watcher, so it has no answer.
    pub(crate) fn withdraw(&self, cursor: Cursor) {
        let mut positions = self.lock();
        positions.in_flight = None;
        positions.passed = positions.passed_behind.take().or(Some(cursor));
    }

    /// The feed has caught up and follows the tail; none: it has left the tail.
    pub(super) fn follow(&self, registration: Option<Arc<Registration>>) {
        self.lock().registration = registration;
    }

    /// Offers the feed for a handover, and returns if nobody takes it. If somebody does, the feed is dropped while it
    /// waits.
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

    /// Waits for the feed's next offer. A feed makes its offers while it is asked for an event, so it must be asked as
    /// well; until the offer is dropped, it has no event.
    pub async fn offered(&self) -> Offer {
        loop {
            let offer = self.lock().offer.take();
            if let Some(offer) = offer {
                return offer;
            }
            self.shared.offered.notified().await;
        }
    }

    /// The cursor of the answer in the transport's hands.
    pub fn in_hand(&self) -> Option<Cursor> {
        let positions = self.lock();
        positions.in_flight.or(positions.passed)
    }

    /// The transport has delivered the answer at this cursor. Only now may a later cursor be sent: a watcher that
    /// resumed from it would otherwise miss the answer.
    pub fn deliver(&self, cursor: Cursor) {
        let mut positions = self.lock();
        if positions.in_flight == Some(cursor) {
            positions.in_flight = None;
            positions.passed = positions.passed_behind.take().or(Some(cursor));
        } else if positions.passed.is_none_or(|passed| passed.position < cursor.position) {
            positions.passed = Some(cursor);
        }
    }

    /// The newest cursor that skips nothing: every event up to it was delivered, or is not for this watcher. It never
    /// goes back.
    pub fn passed(&self) -> Option<Cursor> {
        let mut positions = self.lock();
        let passed = positions.passed?;
        if positions.in_flight.is_none()
            && let Some(quiet) = positions.registration.as_ref().and_then(|it| it.delivered())
            && quiet.position > passed.position
        {
            // Kept: while an event is in flight, the tail does not know how far this feed is quiet.
            positions.passed = Some(quiet);
        }
        positions.passed
    }

    fn lock(&self) -> MutexGuard<'_, Positions> {
        self.shared.positions.lock().unwrap_or_else(PoisonError::into_inner)
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
        // A feed that delivers several events as one looks ahead.
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
