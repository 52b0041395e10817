//! Watchers to whom every event looks the same: it is executed and written down once, and all of them are told.

use std::{
    collections::{HashMap, VecDeque},
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
    http::{execute::Question, feed::Frame},
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
    /// The newest cursor that the watcher was told.
    told: Cursor,
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
        let told = Told {
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
            told: Mutex::new(told),
            followers: Mutex::default(),
            _execution: execution,
        }
    }

    /// Takes a watcher in, if all that it has yet to be told is here or yet to come.
    pub(super) fn admit(self: &Arc<Self>, watcher: &Handover, bell: &Arc<Notify>) -> Option<Following> {
        let at = watcher.at;
        {
            let told = self.told();
            if told.end.is_some() || told.state_at(at) != Some(watcher.state.digest()) {
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
        Some(Following { group: self.clone(), seat, at, told: at })
    }

    pub(super) fn is_over(&self) -> bool {
        self.told().end.is_some()
    }

    /// Tells the frames to all that follow, until the feed ends or nobody follows any more.
    pub(super) async fn execute(
        group: Weak<Self>,
        frames: impl Stream<Item = Frame>,
        progress: Progress,
        counters: Arc<Counters>,
    ) {
        let mut frames = std::pin::pin!(frames);
        let mut last_word = None;
        while let Some(frame) = frames.next().await {
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
        if self.at.position < told.since.at.position {
            return Step::CatchUp(self.at);
        }
        match told.frames.get(told.before(self.at)) {
            Some((moment, frame)) => {
                (self.at, self.told) = (moment.at, moment.at);
                Step::Tell(frame.clone())
            }
            None => told.end.as_ref().map_or(Step::Wait, |end| Step::End(end.0.clone())),
        }
    }

    /// The cursor that the watcher may go on from, if it has moved since the watcher was last told one.
    pub(in crate::http) fn moved(&mut self) -> Option<Cursor> {
        // Read first: all that the group told up to there is among its frames.
        let passed = self.group.progress.passed()?;
        let all_told = self.group.told().last.at.position <= self.at.position;
        if !all_told || passed.position <= self.told.position {
            return None;
        }
        self.told = passed;
        Some(passed)
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
