//! Watchers to whom every event looks the same: it is executed and written down once, and all of them are told.

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

/// How much a group keeps for watchers that come a little late, or read a little slowly. Who is further behind catches
/// up from the log by itself.
const MOST_FRAMES: usize = 512;
const MOST_BYTES: usize = 1024 * 1024;
/// How much all groups of a node keep together, beyond the newest frame of each.
const MOST_BYTES_OF_ALL: usize = 64 * 1024 * 1024;

/// One group. It ends when nobody follows it.
pub(in crate::http) struct Group {
    question: Arc<Question>,
    progress: Progress,
    told: Mutex<Told>,
    followers: Mutex<Followers>,
    /// Ends the group's execution.
    _execution: DropGuard,
}

/// What the group was told lately.
struct Told {
    /// All that the feed had to say after this is kept here.
    since: Moment,
    /// The newest.
    last: Moment,
    frames: VecDeque<(Moment, Frame)>,
    bytes: usize,
    /// What all groups keep together.
    bytes_of_all: Arc<AtomicUsize>,
    end: Option<End>,
}

/// How the feed ended: with a last word, or just so.
struct End(Option<Frame>);

/// A place in the feed: its cursor, and what had been told by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    at: Cursor,
    state: u64,
}

#[derive(Default)]
struct Followers {
    last_seat: u64,
    bells: HashMap<u64, Arc<Notify>>,
}

/// One watcher's place in a group.
pub(in crate::http) struct Following {
    group: Arc<Group>,
    seat: u64,
    at: Cursor,
    /// Whether the watcher was told so since it joined.
    knows: bool,
}

/// What a watcher is to do next.
pub(in crate::http) enum Step {
    Tell(Frame),
    /// Wait for the bell.
    Wait,
    /// Catch up from here: the group has gone too far ahead.
    CatchUp(Cursor),
    /// The feed has ended, perhaps with a last word.
    End(Option<Frame>),
}

impl Group {
    /// A group that begins at a watcher's place. [`Group::execute`] is what makes it go on.
    pub(super) fn new(
        question: Arc<Question>,
        progress: Progress,
        begin: &Handover,
        bytes_of_all: Arc<AtomicUsize>,
        execution: DropGuard,
    ) -> Self {
        let since = Moment { at: begin.at, state: begin.state.digest() };
        let told =
            Told { since, last: since, frames: VecDeque::new(), bytes: 0, bytes_of_all, end: None };
        Self {
            question,
            progress,
            told: Mutex::new(told),
            followers: Mutex::default(),
            _execution: execution,
        }
    }

    /// Takes a watcher in, if all that it has yet to be told is here or yet to come.
    pub(super) fn admit(
        self: &Arc<Self>,
        watcher: &Handover,
        bell: &Arc<Notify>,
    ) -> Option<Following> {
        let at = watcher.at;
        // Read first: all that the group told up to there is among its frames.
        let passed = self.progress.passed().map_or(0, |passed| passed.position);
        {
            let told = self.told();
            if told.end.is_some() || told.state_at(at) != Some(watcher.state.digest()) {
                return None;
            }
            // What a group that is behind has yet to tell of a place that the watcher has passed may be newer than what
            // the watcher was told there, and the watcher would not be told.
            let reached = passed.max(told.last.at.position);
            if watcher.state.is_kept() && reached < at.position {
                return None;
            }
        }
        let mut followers = self.followers();
        followers.last_seat += 1;
        let seat = followers.last_seat;
        followers.bells.insert(seat, bell.clone());
        drop(followers);
        // What came meanwhile rang a bell that this watcher had not heard yet.
        bell.notify_one();
        Some(Following { group: self.clone(), seat, at, knows: false })
    }

    pub(super) fn size(&self) -> usize {
        self.followers().bells.len()
    }

    pub(super) fn is_over(&self) -> bool {
        self.told().end.is_some()
    }

    /// Tells the frames to all that follow, until the feed ends or nobody follows any more.
    pub(super) async fn execute(
        group: Weak<Self>,
        frames: impl Stream<Item = Part<Infallible>>,
        progress: Progress,
        counters: Arc<Counters>,
    ) {
        let mut frames = std::pin::pin!(frames);
        let mut last_word = None;
        while let Some(Part::Tell(frame)) = frames.next().await {
            match frame {
                Frame::Answer { cursor: Some(at), .. } => {
                    let Some(group) = group.upgrade() else { return };
                    counters.executed();
                    group.tell(Moment { at, state: progress.state() }, frame);
                }
                Frame::Answer { cursor: None, .. } | Frame::Failed { .. } => {
                    last_word = Some(frame);
                    break;
                }
                Frame::Idle { .. } => {}
            }
        }
        if let Some(group) = group.upgrade() {
            group.told().end = Some(End(last_word));
            group.ring();
        }
    }

    fn tell(&self, moment: Moment, frame: Frame) {
        self.told().add(moment, frame);
        self.ring();
    }

    fn ring(&self) {
        for bell in self.followers().bells.values() {
            bell.notify_one();
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn followers(&self) -> MutexGuard<'_, Followers> {
        self.followers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
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

    /// What had been told at a place; none if the group does not know, or does not hold all that comes after it.
    fn state_at(&self, at: Cursor) -> Option<u64> {
        if at.epoch != self.since.at.epoch || at.position < self.since.at.position {
            return None;
        }
        let before = self.before(at);
        Some(before.checked_sub(1).map_or(self.since.state, |last| self.frames[last].0.state))
    }

    /// How many of the frames are not after a place.
    fn before(&self, at: Cursor) -> usize {
        self.frames.partition_point(|(moment, _)| moment.at.position <= at.position)
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.bytes_of_all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Following {
    /// What comes next. Does not wait.
    pub(in crate::http) fn step(&mut self) -> Step {
        let told = self.group.told();
        if self.at.position < told.since.at.position && !planted::is(Fault::LagIgnored) {
            return Step::CatchUp(self.at);
        }
        match told.frames.get(told.before(self.at)) {
            Some((moment, frame)) => {
                (self.at, self.knows) = (moment.at, true);
                Step::Tell(frame.clone())
            }
            None => told.end.as_ref().map_or(Step::Wait, |end| Step::End(end.0.clone())),
        }
    }

    /// The cursor that the watcher may go on from, if it has moved since the watcher was last told one.
    pub(in crate::http) fn moved(&mut self) -> Option<Cursor> {
        // Read first: all that the group told up to there is among its frames.
        let passed = self.group.progress.passed();
        if self.group.told().last.at.position > self.at.position {
            return None;
        }
        let further = passed.filter(|passed| passed.position > self.at.position);
        if self.knows && further.is_none() {
            return None;
        }
        // Its place moves: whoever has to catch up must not be told an older cursor than before.
        (self.at, self.knows) = (further.unwrap_or(self.at), true);
        Some(self.at)
    }

    /// What the watcher asked, for when it has to catch up by itself.
    pub(in crate::http) fn question(&self) -> Arc<Question> {
        self.group.question.clone()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.group.followers().bells.remove(&self.seat);
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

    fn tell(group: &Group, position: i64, length: usize) {
        let body = Bytes::from(vec![b'x'; length]);
        let frame = Frame::Answer { body, cursor: Some(cursor(position)) };
        group.tell(Moment { at: cursor(position), state: 0 }, frame);
    }

    fn told(following: &mut Following) -> Vec<i64> {
        let mut positions = Vec::new();
        while let Step::Tell(Frame::Answer { cursor: Some(cursor), .. }) = following.step() {
            positions.push(cursor.position);
        }
        positions
    }

    #[test]
    fn whoever_joins_is_told_what_comes_after_its_place_and_nothing_else() {
        let group = group(10);
        for position in [11, 14, 15] {
            tell(&group, position, 1);
        }
        let bell = Arc::default();
        let mut early = group.admit(&at(10), &bell).expect("a place at the beginning");
        let mut between = group.admit(&at(12), &bell).expect("a place between");
        let mut ahead = group.admit(&at(20), &bell).expect("a place ahead of the group");
        tell(&group, 21, 1);
        assert_eq!(told(&mut early), [11, 14, 15, 21]);
        assert_eq!(told(&mut between), [14, 15, 21]);
        assert_eq!(told(&mut ahead), [21]);
        assert!(group.admit(&at(9), &bell).is_none(), "the group does not know what follows 9");
    }

    #[test]
    fn memory_is_bounded_and_whoever_is_too_far_behind_catches_up_alone() {
        let group = group(0);
        let bell = Arc::default();
        let mut slow = group.admit(&at(0), &bell).expect("a place");
        for position in 1..=100 {
            tell(&group, position, MOST_BYTES / 10);
        }
        let bytes = group.told().bytes;
        assert!(bytes <= MOST_BYTES);
        assert_eq!(group.told().bytes_of_all.load(Ordering::Relaxed), bytes);
        assert!(matches!(slow.step(), Step::CatchUp(at) if at == cursor(0)));
        let mut fresh = group.admit(&at(95), &bell).expect("a place near the end");
        assert_eq!(told(&mut fresh), [96, 97, 98, 99, 100]);
    }

    #[test]
    fn whoever_catches_up_alone_goes_on_from_the_newest_cursor_that_it_was_told() {
        let progress = Progress::default();
        let group = group_with(progress.clone(), 3);
        let mut idle = group.admit(&at(3), &Arc::default()).expect("a place");
        assert_eq!(idle.moved(), Some(cursor(3)));
        assert_eq!(idle.moved(), None);
        progress.pass(cursor(8));
        assert_eq!(idle.moved(), Some(cursor(8)));
        for position in 9..=20 {
            tell(&group, position, MOST_BYTES / 10);
        }
        assert_eq!(idle.moved(), None, "the frames come first");
        assert!(matches!(idle.step(), Step::CatchUp(at) if at == cursor(8)));
    }

    #[test]
    fn only_who_was_told_the_same_may_join() {
        let progress = Progress::default();
        let group = group_with(progress.clone(), 0);
        let frame = || Frame::Answer { body: Bytes::new(), cursor: None };
        group.tell(Moment { at: cursor(1), state: 7 }, frame());
        group.tell(Moment { at: cursor(2), state: 8 }, frame());
        let joins = |position, digest| {
            let state = State::new(digest, Arc::new(()));
            let handover = Handover { at: cursor(position), behind: 0, state };
            group.admit(&handover, &Arc::default()).is_some()
        };
        assert!(joins(0, 0) && joins(1, 7) && joins(2, 8));
        assert!(!joins(1, 8) && !joins(2, 7) && !joins(0, 7));
        // At 9, the group may tell of what this watcher has not seen, and this watcher would take it for known.
        assert!(!joins(9, 8));
        progress.pass(cursor(9));
        assert!(joins(9, 8));
    }
}
