//! Feeds as their watchers get them.
//!
//! A watcher's feed begins on its own: that is where its arguments and rights are checked, where a snapshot is made and
//! where it catches up from the log. As soon as it can, it is carried on by a group, which executes each event once for
//! all of its watchers. A watcher that falls too far behind its group catches up on its own again.

mod group;
pub(super) mod groups;
mod key;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_graphql::Executor;
use futures_util::{Stream, StreamExt};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_util::sync::CancellationToken;

pub(super) use self::group::{Following, Step};
use self::{
    group::Group,
    key::{GroupKey, is_personal},
};
use super::{
    admission::Load,
    caller::caller,
    execute,
    feed::{self, Frame},
    gateway::Gateway,
    question::{Operation, Question},
};
use crate::{
    events::progress::{CarryOn, Handover, Progress, State, Successor},
    graphql::request::{EventTurns, ResumeFrom},
    viewer::Viewer,
};

/// Who has nothing to tell by then has begun, and lets others begin.
const LONGEST_BEGINNING: Duration = Duration::from_secs(1);

/// What somebody watches.
pub(super) struct Watch<E> {
    pub(super) gateway: Arc<Gateway<E>>,
    pub(super) question: Arc<Question>,
    pub(super) viewer: Arc<Viewer>,
    pub(super) request_id: String,
    /// Rung when there may be something to tell.
    pub(super) bell: Arc<Notify>,
}

/// Where a watcher's feed begins.
pub(super) enum Begin {
    /// Where its arguments say.
    AsAsked,
    /// Where a reconnecting browser says.
    Resuming(ResumeFrom),
    /// Where it left off.
    Again(CarryOn),
}

/// A watcher's way from its own feed into a group.
pub(super) struct Entrance<E> {
    watch: Watch<E>,
    key: GroupKey,
    following: Mutex<Option<Following>>,
}

impl<E: Executor> Watch<E> {
    /// The watcher's own feed, and what says after its end whether a group carries it on.
    pub(super) fn alone(
        self,
        begin: Begin,
    ) -> (Arc<Entrance<E>>, impl Stream<Item = Frame> + Send + use<E>) {
        let key = GroupKey::of(&self.question, &self.viewer);
        let operation = Operation::new(self.question.clone());
        let operation = operation.by(Some(&self.viewer), &self.request_id).with(self.turns());
        let operation = match begin {
            Begin::AsAsked => operation,
            Begin::Resuming(from) => operation.with(from),
            Begin::Again(at) => operation.with(at),
        };
        let (gateway, request_id) = (self.gateway.clone(), self.request_id.clone());
        let of = caller(&self.viewer);
        let entrance = Arc::new(Entrance { watch: self, key, following: Mutex::default() });
        let progress = Progress::until(entrance.clone());
        let frames = async_stream::stream! {
            let turn = gateway.turns.beginnings.turn(of, Load::LIGHT).await;
            let answers = execute::feed(&gateway, operation, &progress, request_id);
            // Boxed: whoever waits for its turn has no need of the room.
            let mut frames = Box::pin(feed::frames(answers, progress, gateway.config.heartbeat));
            let first = timeout(LONGEST_BEGINNING, frames.next()).await;
            drop(turn);
            let mut next = if let Ok(first) = first { first } else { frames.next().await };
            while let Some(frame) = next {
                if matches!(frame, Frame::Answer { .. }) {
                    gateway.app.tails.counters().executed();
                }
                yield frame;
                next = frames.next().await;
            }
        };
        (entrance, frames)
    }

    /// What its events wait for before they are executed: the turn of their tenant.
    fn turns(&self) -> EventTurns {
        let (gateway, question) = (self.gateway.clone(), self.question.clone());
        let tenant_id = self.viewer.tenant_id;
        EventTurns(Arc::new(move || {
            let (gateway, question) = (gateway.clone(), question.clone());
            Box::pin(async move {
                let turn = gateway.turns.wait_for_event(tenant_id, question.facts()).await;
                Box::new(turn) as Box<dyn Send>
            })
        }))
    }

    /// The same watcher again, once its question has been asked.
    fn again(&self) -> impl Fn(Arc<Question>) -> Self + Send + Sync + use<E> {
        let Self { gateway, question: _, viewer, request_id, bell } = self;
        let (gateway, viewer) = (gateway.clone(), viewer.clone());
        let (request_id, bell) = (request_id.clone(), bell.clone());
        move |question| Self {
            gateway: gateway.clone(),
            question,
            viewer: viewer.clone(),
            request_id: request_id.clone(),
            bell: bell.clone(),
        }
    }

    /// The whole feed, whoever carries it on, for a watcher that has this feed only.
    pub(super) fn frames(self, begin: Begin) -> impl Stream<Item = Frame> + Send + use<E> {
        let again = self.again();
        let mut watch = self;
        let (bell, heartbeat) = (watch.bell.clone(), watch.gateway.config.heartbeat);
        async_stream::stream! {
            let mut begin = begin;
            loop {
                let (entrance, frames) = watch.alone(begin);
                let mut frames = Box::pin(frames);
                while let Some(frame) = frames.next().await {
                    yield frame;
                }
                drop(frames);
                let Some(mut following) = entrance.following() else { return };
                drop(entrance);
                let mut heartbeats = interval_at(Instant::now() + heartbeat, heartbeat);
                heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
                let at = loop {
                    match following.step() {
                        Step::Tell(frame) => yield frame,
                        Step::Wait => tokio::select! {
                            () = bell.notified() => {}
                            _ = heartbeats.tick() => yield Frame::Idle { cursor: following.moved() },
                        },
                        Step::CatchUp(at) => break at,
                        Step::End(last_word) => {
                            if let Some(frame) = last_word {
                                yield frame;
                            }
                            return;
                        }
                    }
                };
                watch = again(following.question());
                begin = Begin::Again(CarryOn { after: at, state: State::default() });
            }
        }
    }
}

impl<E: Executor> Entrance<E> {
    /// The watcher's place in the group that carries its feed on; none if nobody does.
    pub(super) fn following(&self) -> Option<Following> {
        self.following.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn join(&self, handover: &Handover) -> Option<Following> {
        let Watch { gateway, bell, .. } = &self.watch;
        gateway.groups.join(self.key, handover, bell, || self.begin_group(handover))
    }

    fn begin_group(&self, handover: &Handover) -> Arc<Group> {
        let Watch { gateway, question, request_id, .. } = &self.watch;
        let carry_on = CarryOn { after: handover.at, state: handover.state.clone() };
        let operation = Operation::new(question.clone())
            .by(Some(&self.viewer_of_group()), request_id)
            .with(self.watch.turns())
            .with(carry_on);
        let progress = Progress::default();
        let answers = execute::feed(gateway, operation, &progress, request_id.clone());
        let frames = feed::frames(answers, progress.clone(), gateway.config.heartbeat);
        let stop = CancellationToken::new();
        let bytes = gateway.groups.bytes_kept();
        let guard = stop.clone().drop_guard();
        let group =
            Arc::new(Group::new(question.clone(), progress.clone(), handover, bytes, guard));
        let counters = gateway.app.tails.counters().clone();
        // Boxed: what is moved into a future takes its room twice.
        let execution =
            Box::pin(Group::execute(Arc::downgrade(&group), frames, progress, counters));
        gateway.tasks.spawn(async move { stop.run_until_cancelled_owned(execution).await });
        group
    }

    /// Somebody with the watcher's rights. Where it does not matter who it is, it is nobody in particular.
    fn viewer_of_group(&self) -> Arc<Viewer> {
        let viewer = Viewer::clone(&self.watch.viewer);
        let subject =
            if is_personal(&self.watch.question) { viewer.subject } else { String::new() };
        // Each watcher's own session says when its rights end.
        Arc::new(Viewer { subject, expires_at: None, ..viewer })
    }
}

impl<E: Executor> Successor for Entrance<E> {
    fn take_over(&self, handover: Handover) -> bool {
        let following = self.join(&handover);
        let joined = following.is_some();
        *self.following.lock().unwrap_or_else(PoisonError::into_inner) = following;
        joined
    }
}
