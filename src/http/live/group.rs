//! Groups: watchers to whom every event looks the same. It is executed and encoded once, and delivered to all of them.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{Stream, StreamExt};
use tokio::sync::Notify;
use tokio_util::sync::DropGuard;

use crate::{
    events::{
        counters::Counters,
        cursor::Cursor,
        progress::{Handover, Progress},
    },
    http::{
        feed::{Frame, Part},
        question::Question,
    },
    planted::{self, Fault},
};

/// The longest backlog of a group, for watchers that join a little late or read a little slowly. A watcher that lags
/// further backfills from the log on its own.
const MOST_FRAMES: usize = 512;
const MOST_BYTES: usize = 1024 * 1024;
/// The longest backlog of all groups of a node together, beyond the newest frame of each.
const MOST_BYTES_OF_ALL: usize = 64 * 1024 * 1024;

/// One group, which ends when nobody follows it.
pub(in crate::http) struct Group {
    question: Arc<Question>,
    progress: Progress,
    backlog: Mutex<Backlog>,
    seats: Mutex<Seats>,
    /// Ends the group's execution.
    _execution: DropGuard,
}

/// The newest frames of a group.
struct Backlog {
    /// Every frame after this moment is kept here.
    since: Moment,
    /// The moment of the newest frame.
    last: Moment,
    frames: VecDeque<(Moment, Frame)>,
    bytes: usize,
    /// The bytes of all groups together.
    bytes_of_all: Arc<AtomicUsize>,
    end: Option<End>,
}

/// The end of the feed, perhaps with a last frame.
struct End(Option<Frame>);

/// A moment of the feed: its cursor, and the digest of its state after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    at: Cursor,
    state: u64,
}

/// The seats of the followers, each with the bell of its watcher.
#[derive(Default)]
struct Seats {
    last: u64,
    bells: HashMap<u64, Arc<Notify>>,
}

/// One watcher's membership of a group: a cursor into its backlog.
pub(in crate::http) struct Following {
    group: Arc<Group>,
    seat: u64,
    at: Cursor,
    /// Whether the watcher was sent `at` since it joined.
    knows_cursor: bool,
}

/// The next step for a watcher.
pub(in crate::http) enum Step {
    Deliver(Frame),
    /// Wait for the bell.
    Wait,
    /// Backfill from here: the watcher lags too far behind the group.
    Backfill(Cursor),
    /// The feed has ended, perhaps with a last frame.
    End(Option<Frame>),
}

impl Group {
    /// A group that begins at a watcher's cursor. [`Group::execute`] drives it.
    pub(super) fn new(
        question: Arc<Question>,
        progress: Progress,
        begin: &Handover,
        bytes_of_all: Arc<AtomicUsize>,
        execution: DropGuard,
    ) -> Self {
        let since = Moment { at: begin.at, state: begin.state.digest() };
        let backlog = Backlog {
            since,
            last: since,
            frames: VecDeque::new(),
            bytes: 0,
            bytes_of_all,
            end: None,
        };
        Self {
            question,
            progress,
            backlog: Mutex::new(backlog),
            seats: Mutex::default(),
            _execution: execution,
        }
    }

    /// Admits a watcher if the group can still supply every frame after its cursor.
    pub(super) fn admit(
        self: &Arc<Self>,
        watcher: &Handover,
        bell: &Arc<Notify>,
    ) -> Option<Following> {
        let at = watcher.at;
        // Read first: every frame up to there is in the backlog.
        let passed = self.progress.passed().map_or(0, |passed| passed.position);
        {
            let backlog = self.backlog();
            if backlog.end.is_some() || backlog.state_at(at) != Some(watcher.state.digest()) {
                return None;
            }
            // A group that is behind the watcher may yet have a frame before the watcher's cursor whose state is newer
            // than the watcher's. The watcher would miss it.
            let reached = passed.max(backlog.last.at.position);
            if watcher.state.is_kept() && reached < at.position {
                return None;
            }
        }
        let mut seats = self.seats();
        seats.last += 1;
        let seat = seats.last;
        seats.bells.insert(seat, bell.clone());
        drop(seats);
        // A frame that came meanwhile rang before this bell was there.
        bell.notify_one();
        Some(Following { group: self.clone(), seat, at, knows_cursor: false })
    }

    pub(super) fn size(&self) -> usize {
        self.seats().bells.len()
    }

    pub(super) fn is_over(&self) -> bool {
        self.backlog().end.is_some()
    }

    /// Delivers the frames to all followers, until the feed ends or nobody follows any more.
    pub(super) async fn execute(
        group: Weak<Self>,
        frames: impl Stream<Item = Part<Infallible>>,
        progress: Progress,
        counters: Arc<Counters>,
    ) {
        let mut frames = std::pin::pin!(frames);
        let mut last_word = None;
        while let Some(Part::Frame(frame)) = frames.next().await {
            match frame {
                Frame::Answer { cursor: Some(at), .. } => {
                    let Some(group) = group.upgrade() else { return };
                    counters.executed();
                    group.deliver(Moment { at, state: progress.state() }, frame);
                }
                Frame::Answer { cursor: None, .. } | Frame::Failed { .. } => {
                    last_word = Some(frame);
                    break;
                }
                Frame::Idle { .. } => {}
            }
        }
        if let Some(group) = group.upgrade() {
            group.backlog().end = Some(End(last_word));
            group.ring();
        }
    }

    fn deliver(&self, moment: Moment, frame: Frame) {
        self.backlog().add(moment, frame);
        self.ring();
    }

    fn ring(&self) {
        for bell in self.seats().bells.values() {
            bell.notify_one();
        }
    }

    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backlog {
    fn add(&mut self, moment: Moment, frame: Frame) {
        self.bytes += frame.bytes();
        let mut of_all = self.bytes_of_all.fetch_add(frame.bytes(), Ordering::Relaxed);
        self.last = moment;
        self.frames.push_back((moment, frame));
        while self.frames.len() > 1
            && (self.frames.len() > MOST_FRAMES
                || (planted::is(Fault::LagIgnored) && self.frames.len() > 2)
                || self.bytes > MOST_BYTES
                || of_all > MOST_BYTES_OF_ALL)
        {
            let Some((since, gone)) = self.frames.pop_front() else { return };
            self.since = since;
            self.bytes -= gone.bytes();
            of_all = self.bytes_of_all.fetch_sub(gone.bytes(), Ordering::Relaxed);
        }
    }

    /// The digest of the state at a cursor; none if the backlog does not hold every frame after it.
    fn state_at(&self, at: Cursor) -> Option<u64> {
        if at.epoch != self.since.at.epoch || at.position < self.since.at.position {
            return None;
        }
        let before = self.before(at);
        Some(before.checked_sub(1).map_or(self.since.state, |last| self.frames[last].0.state))
    }

    /// How many of the frames are not after a cursor.
    fn before(&self, at: Cursor) -> usize {
        self.frames.partition_point(|(moment, _)| moment.at.position <= at.position)
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.bytes_of_all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Following {
    /// The next step. Does not wait.
    pub(in crate::http) fn step(&mut self) -> Step {
        let backlog = self.group.backlog();
        if self.at.position < backlog.since.at.position && !planted::is(Fault::LagIgnored) {
            return Step::Backfill(self.at);
        }
        match backlog.frames.get(backlog.before(self.at)) {
            Some((moment, frame)) => {
                (self.at, self.knows_cursor) = (moment.at, true);
                Step::Deliver(frame.clone())
            }
            None => backlog.end.as_ref().map_or(Step::Wait, |end| Step::End(end.0.clone())),
        }
    }

    /// The newest cursor from which the watcher may resume, if it was not sent yet.
    pub(in crate::http) fn moved(&mut self) -> Option<Cursor> {
        // Read first: every frame up to there is in the backlog.
        let passed = self.group.progress.passed();
        if self.group.backlog().last.at.position > self.at.position {
            return None;
        }
        let further = passed.filter(|passed| passed.position > self.at.position);
        if self.knows_cursor && further.is_none() {
            return None;
        }
        // Kept: a watcher that backfills later must not be sent an older cursor than this one.
        (self.at, self.knows_cursor) = (further.unwrap_or(self.at), true);
        Some(self.at)
    }

    /// The watcher's question, for a backfill of its own.
    pub(in crate::http) fn question(&self) -> Arc<Question> {
        self.group.question.clone()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.group.seats().bells.remove(&self.seat);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    use super::*;
    use crate::{
        document::{DocumentLimits, Documents},
        events::progress::State,
        http::parameters::Parameters,
    };

    fn cursor(position: i64) -> Cursor {
        Cursor { epoch: Uuid::nil(), position }
    }

    fn group(begin: i64) -> Arc<Group> {
        group_with(Progress::default(), begin)
    }

    fn group_with(progress: Progress, begin: i64) -> Arc<Group> {
        let query = "subscription { events { position } }".to_owned();
        let parameters = Parameters { query, ..Parameters::default() };
        let documents =
            Documents::new(crate::graphql::document_schema(), DocumentLimits::default());
        let question = Question::read(parameters, &documents).expect("a question");
        let execution = CancellationToken::new().drop_guard();
        let bytes = Arc::default();
        Arc::new(Group::new(question, progress, &at(begin), bytes, execution))
    }

    fn at(position: i64) -> Handover {
        Handover { at: cursor(position), behind: 0, state: State::default() }
    }

    fn deliver(group: &Group, position: i64, length: usize) {
        let body = Bytes::from(vec![b'x'; length]);
        let frame = Frame::Answer { body, cursor: Some(cursor(position)) };
        group.deliver(Moment { at: cursor(position), state: 0 }, frame);
    }

    fn delivered(following: &mut Following) -> Vec<i64> {
        let mut positions = Vec::new();
        while let Step::Deliver(Frame::Answer { cursor: Some(cursor), .. }) = following.step() {
            positions.push(cursor.position);
        }
        positions
    }

    #[test]
    fn whoever_joins_is_sent_what_comes_after_its_cursor_and_nothing_else() {
        let group = group(10);
        for position in [11, 14, 15] {
            deliver(&group, position, 1);
        }
        let bell = Arc::default();
        let mut early = group.admit(&at(10), &bell).expect("a seat at the beginning");
        let mut between = group.admit(&at(12), &bell).expect("a seat between");
        let mut ahead = group.admit(&at(20), &bell).expect("a seat ahead of the group");
        deliver(&group, 21, 1);
        assert_eq!(delivered(&mut early), [11, 14, 15, 21]);
        assert_eq!(delivered(&mut between), [14, 15, 21]);
        assert_eq!(delivered(&mut ahead), [21]);
        assert!(group.admit(&at(9), &bell).is_none(), "the group does not know what follows 9");
    }

    #[test]
    fn memory_is_bounded_and_whoever_lags_too_far_backfills_alone() {
        let group = group(0);
        let bell = Arc::default();
        let mut slow = group.admit(&at(0), &bell).expect("a seat");
        for position in 1..=100 {
            deliver(&group, position, MOST_BYTES / 10);
        }
        let bytes = group.backlog().bytes;
        assert!(bytes <= MOST_BYTES);
        assert_eq!(group.backlog().bytes_of_all.load(Ordering::Relaxed), bytes);
        assert!(matches!(slow.step(), Step::Backfill(at) if at == cursor(0)));
        let mut fresh = group.admit(&at(95), &bell).expect("a seat near the end");
        assert_eq!(delivered(&mut fresh), [96, 97, 98, 99, 100]);
    }

    #[test]
    fn whoever_backfills_alone_goes_on_from_the_newest_cursor_that_it_was_sent() {
        let progress = Progress::default();
        let group = group_with(progress.clone(), 3);
        let mut idle = group.admit(&at(3), &Arc::default()).expect("a seat");
        assert_eq!(idle.moved(), Some(cursor(3)));
        assert_eq!(idle.moved(), None);
        progress.pass(cursor(8));
        assert_eq!(idle.moved(), Some(cursor(8)));
        for position in 9..=20 {
            deliver(&group, position, MOST_BYTES / 10);
        }
        assert_eq!(idle.moved(), None, "the frames come first");
        assert!(matches!(idle.step(), Step::Backfill(at) if at == cursor(8)));
    }

    #[test]
    fn only_a_watcher_with_the_same_state_may_join() {
        let progress = Progress::default();
        let group = group_with(progress.clone(), 0);
        let frame = || Frame::Answer { body: Bytes::new(), cursor: None };
        group.deliver(Moment { at: cursor(1), state: 7 }, frame());
        group.deliver(Moment { at: cursor(2), state: 8 }, frame());
        let joins = |position, digest| {
            let state = State::new(digest, Arc::new(()));
            let handover = Handover { at: cursor(position), behind: 0, state };
            group.admit(&handover, &Arc::default()).is_some()
        };
        assert!(joins(0, 0) && joins(1, 7) && joins(2, 8));
        assert!(!joins(1, 8) && !joins(2, 7) && !joins(0, 7));
        // At 9, the group may yet have a frame that this watcher has not seen, and that it would take for known.
        assert!(!joins(9, 8));
        progress.pass(cursor(9));
        assert!(joins(9, 8));
    }
}
