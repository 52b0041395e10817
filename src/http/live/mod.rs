//! Feeds as their watchers get them.
//!
//! A watcher's feed begins on its own: that is where its arguments and rights are checked, where a snapshot is made and
//! where it catches up from the log. As soon as it can, it is carried on by a group, which executes each event once for
//! all of its watchers. A watcher that falls too far behind its group catches up on its own again.
//!
//! Who has one feed is told it by [`Watch::frames`], from beginning to end. A socket goes the same way with each of its
//! feeds, but in two places: alone in a task, followed in the socket's own one, where an idle feed takes no room but its
//! seat in the group. One loop for both would need a task, or a future, for each feed that is followed.

mod group;
pub(super) mod groups;
mod key;

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_graphql::Executor;
use domain::viewer::Viewer;
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
    feed::{self, Frame, Part},
    gateway::Gateway,
    question::{Operation, Question},
};
use crate::{
    events::{
        cursor::Cursor,
        progress::{CarryOn, Handover, Progress, State},
    },
    graphql::request::{EventPermits, ResumeFrom},
};

/// Who has nothing to tell by then has begun, and lets others begin.
const LONGEST_BEGINNING: Duration = Duration::from_secs(1);

/// Somebody who watches.
pub(super) struct Watch<E> {
    pub(super) gateway: Arc<Gateway<E>>,
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
    Again(Cursor),
}

impl<E: Executor> Watch<E> {
    /// The whole feed, whoever carries it on, for a watcher that has this feed only.
    pub(super) fn frames(
        self: Arc<Self>,
        question: Arc<Question>,
        begin: Begin,
    ) -> impl Stream<Item = Frame> + Send + use<E> {
        async_stream::stream! {
            let heartbeat = self.gateway.config.heartbeat;
            let (mut question, mut begin) = (question, begin);
            loop {
                let mut alone = Box::pin(self.clone().alone(question, begin));
                let mut following = loop {
                    match alone.next().await {
                        Some(Part::Tell(frame)) => yield frame,
                        Some(Part::CarriedOn(following)) => break following,
                        None => return,
                    }
                };
                drop(alone);
                let mut heartbeats = interval_at(Instant::now() + heartbeat, heartbeat);
                heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
                let at = loop {
                    match following.step() {
                        Step::Tell(frame) => yield frame,
                        Step::Wait => tokio::select! {
                            () = self.bell.notified() => {}
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
                (question, begin) = (following.question(), Begin::Again(at));
            }
        }
    }

    /// The watcher's own feed, until it is over or a group carries it on.
    pub(super) fn alone(
        self: Arc<Self>,
        question: Arc<Question>,
        begin: Begin,
    ) -> impl Stream<Item = Part<Following>> + Send + use<E> {
        let key = GroupKey::of(&question, &self.viewer);
        let operation = self.operation(&question, &self.viewer);
        let operation = match begin {
            Begin::AsAsked => operation,
            Begin::Resuming(from) => operation.with(from),
            Begin::Again(after) => operation.with(CarryOn { after, state: State::default() }),
        };
        async_stream::stream! {
            let gateway = &self.gateway;
            let permit = gateway.permits.beginnings.acquire(caller(&self.viewer), Load::LIGHT).await;
            let progress = Progress::with_offers();
            let answers = execute::feed(gateway, operation, &progress, self.request_id.clone());
            let take_over = |handover: &Handover| {
                gateway
                    .groups
                    .join(key, handover, &self.bell, || self.begin_group(&question, handover))
            };
            let heartbeat = gateway.config.heartbeat;
            // Boxed: whoever waits for its turn has no need of the room.
            let mut parts = Box::pin(feed::frames(answers, progress, heartbeat, take_over));
            let first = timeout(LONGEST_BEGINNING, parts.next()).await;
            drop(permit);
            let mut next = if let Ok(first) = first { first } else { parts.next().await };
            while let Some(part) = next {
                if matches!(part, Part::Tell(Frame::Answer { .. })) {
                    gateway.app.tails.counters().executed();
                }
                yield part;
                next = parts.next().await;
            }
        }
    }

    fn begin_group(&self, question: &Arc<Question>, handover: &Handover) -> Arc<Group> {
        let Self { gateway, request_id, .. } = self;
        let carry_on = CarryOn { after: handover.at, state: handover.state.clone() };
        let operation = self.operation(question, &self.viewer_of_group(question)).with(carry_on);
        let progress = Progress::default();
        let answers = execute::feed(gateway, operation, &progress, request_id.clone());
        let heartbeat = gateway.config.heartbeat;
        let frames = feed::frames(answers, progress.clone(), heartbeat, |_| None::<Infallible>);
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

    /// What is executed for a viewer. Its events wait for the turn of their tenant before they are.
    fn operation(&self, question: &Arc<Question>, viewer: &Arc<Viewer>) -> Operation {
        let (gateway, tenant_id) = (self.gateway.clone(), viewer.tenant_id);
        let of = question.clone();
        let permits = EventPermits(Arc::new(move || {
            let (gateway, question) = (gateway.clone(), of.clone());
            Box::pin(async move {
                let permit = gateway.permits.for_event(tenant_id, question.facts()).await;
                Box::new(permit) as Box<dyn Send>
            })
        }));
        Operation::new(question.clone()).by(Some(viewer), &self.request_id).with(permits)
    }

    /// Somebody with the watcher's rights. Where it does not matter who it is, it is nobody in particular.
    fn viewer_of_group(&self, question: &Question) -> Arc<Viewer> {
        let viewer = Viewer::clone(&self.viewer);
        let subject = if is_personal(question) { viewer.subject } else { String::new() };
        // Each watcher's own session says when its rights end.
        Arc::new(Viewer { subject, expires_at: None, ..viewer })
    }
}
