//! Live feeds: how a watcher moves between its own feed and its group.
//!
//! A watcher's feed begins on its own: its arguments and rights are checked, its snapshot is made, and it backfills
//! from the log. As soon as it can, it is handed over to a group, which executes each event once for all of its
//! watchers. A watcher that lags too far behind its group backfills on its own again.
//!
//! [`Watch::frames`] is the loop for a watcher of one feed, from beginning to end. A socket takes the same steps with
//! each of its feeds, but in two tasks: a feed of its own has a task, a followed one is driven by the socket's, where
//! an idle feed takes no room but its seat in the group. One loop for both would need a task, or a future, for each
//! followed feed.

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
    graphql::request::{EventPermits, ResumeFrom, TraceId},
};

/// A feed without a frame by then has begun, and returns its permit to begin.
const LONGEST_BEGINNING: Duration = Duration::from_secs(1);

/// A watcher of a feed.
pub(super) struct Watch<E> {
    pub(super) gateway: Arc<Gateway<E>>,
    pub(super) viewer: Arc<Viewer>,
    pub(super) request_id: String,
    /// Of what is asked over a websocket; feeds change nothing that could name it.
    pub(super) trace_id: Option<TraceId>,
    /// Rung when there may be a frame to deliver.
    pub(super) bell: Arc<Notify>,
}

/// The start of a watcher's feed.
pub(super) enum Begin {
    /// Where its arguments say.
    AsAsked,
    /// Where a reconnecting browser says.
    Resuming(ResumeFrom),
    /// Where it left off.
    Again(Cursor),
}

impl<E: Executor> Watch<E> {
    /// The whole feed, alone or in a group, for a watcher of this feed only.
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
                        Some(Part::Frame(frame)) => yield frame,
                        Some(Part::HandedOver(following)) => break following,
                        None => return,
                    }
                };
                drop(alone);
                let mut heartbeats = interval_at(Instant::now() + heartbeat, heartbeat);
                heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
                let at = loop {
                    match following.step() {
                        Step::Deliver(frame) => yield frame,
                        Step::Wait => tokio::select! {
                            () = self.bell.notified() => {}
                            _ = heartbeats.tick() => yield Frame::Idle { cursor: following.moved() },
                        },
                        Step::Backfill(at) => break at,
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

    /// The watcher's own feed, until it is over or handed over to a group.
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
            // Boxed: a feed that waits for its permit needs no room for them.
            let mut parts = Box::pin(feed::frames(answers, progress, heartbeat, take_over));
            let first = timeout(LONGEST_BEGINNING, parts.next()).await;
            drop(permit);
            let mut next = if let Ok(first) = first { first } else { parts.next().await };
            while let Some(part) = next {
                if matches!(part, Part::Frame(Frame::Answer { .. })) {
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
        // Boxed: a value that is moved into a future is stored in it twice.
        let execution =
            Box::pin(Group::execute(Arc::downgrade(&group), frames, progress, counters));
        gateway.tasks.spawn(async move { stop.run_until_cancelled_owned(execution).await });
        group
    }

    /// The operation, to be executed for a viewer. Each of its events waits for a permit of the tenant.
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

    /// The viewer that the group executes as: it has the watcher's rights, and its `subject` is blank unless the
    /// question depends on it.
    fn viewer_of_group(&self, question: &Question) -> Arc<Viewer> {
        let viewer = Viewer::clone(&self.viewer);
        let subject = if is_personal(question) { viewer.subject } else { String::new() };
        // Each watcher's own session says when its rights end.
        Arc::new(Viewer { subject, expires_at: None, ..viewer })
    }
}
