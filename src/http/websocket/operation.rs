//! One operation on a socket, in a task of its own until it is answered or handed over to a group.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_graphql::{Executor, ServerError};
use axum::{body::Bytes, extract::ws::Message};
use futures_util::{FutureExt, StreamExt};
use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{follower::Follower, protocol};
use crate::{
    document::OperationKind,
    events::{counters::Counters, cursor::Cursor},
    http::{
        answer,
        caller::caller,
        errors, execute,
        feed::{Frame, Part},
        live::{Begin, Watch},
        question::{Operation, Question},
        request_log::log_on_websocket,
    },
    planted::{self, Fault},
};

/// The longest queue of messages that the socket has not taken yet. An operation waits for room in it, so memory does
/// not grow.
const MOST_WAITING: usize = 16;

/// The operations of one socket that are not over, and the queue of their messages.
pub(super) struct Operations {
    state: Mutex<OperationsState>,
    /// As many permits as there is room in the queue.
    room: Semaphore,
    /// Rung when the socket may have something to send, or to forget.
    pub(super) bell: Arc<Notify>,
}

#[derive(Default)]
struct OperationsState {
    /// By their ids. A list, because a socket may have few of them, and mostly has one.
    running: Vec<(String, CancellationToken)>,
    waiting: VecDeque<Outgoing>,
}

/// An entry of the queue.
pub(super) enum Outgoing {
    /// Part of an answer. The operation is cancelled when the client has completed it.
    Answer { message: Message, operation: CancellationToken },
    /// A feed was handed over to a group.
    Follow(Box<Follower>),
}

/// Why an operation cannot begin.
pub(super) enum NotBegun {
    /// Its id is that of another one.
    Duplicate,
    TooMany,
}

/// The socket is closed.
struct Closed;

impl Default for Operations {
    fn default() -> Self {
        Self { state: Mutex::default(), room: Semaphore::new(MOST_WAITING), bell: Arc::default() }
    }
}

impl Operations {
    pub(super) fn begin(&self, id: &str, most: usize) -> Result<CancellationToken, NotBegun> {
        let mut state = self.lock();
        if planted::is(Fault::DuplicateOperation)
            && let Some(first) = state.remove(id)
        {
            first.cancel();
        }
        let running = &mut state.running;
        if running.iter().any(|(other, _)| other == id) {
            return Err(NotBegun::Duplicate);
        }
        if running.len() >= most {
            return Err(NotBegun::TooMany);
        }
        let cancel = CancellationToken::new();
        running.reserve_exact(1);
        running.push((id.to_owned(), cancel.clone()));
        Ok(cancel)
    }

    /// Ends an operation at the client's wish.
    pub(super) fn cancel(&self, id: &str) {
        if let Some(cancel) = self.remove(id) {
            cancel.cancel();
            self.bell.notify_one();
        }
    }

    /// Ends all of them: the socket takes nothing more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        self.room.close();
        let last = std::mem::take(&mut *state);
        drop(state);
        for (_, cancel) in &last.running {
            cancel.cancel();
        }
    }

    /// Takes the first entry of the queue.
    pub(super) fn next(&self) -> Option<Outgoing> {
        let waiting = &mut self.lock().waiting;
        let first = waiting.pop_front()?;
        if waiting.is_empty() {
            // Most sockets are idle, and many are open.
            *waiting = VecDeque::new();
        }
        self.room.add_permits(1);
        Some(first)
    }

    /// Waits until there is room in the queue, and adds to it.
    async fn push(&self, outgoing: Outgoing) -> Result<(), Closed> {
        self.room.acquire().await.map_err(|_| Closed)?.forget();
        let mut state = self.lock();
        if self.room.is_closed() {
            return Err(Closed);
        }
        state.waiting.push_back(outgoing);
        drop(state);
        self.bell.notify_one();
        Ok(())
    }

    fn remove(&self, id: &str) -> Option<CancellationToken> {
        self.lock().remove(id)
    }

    fn lock(&self) -> MutexGuard<'_, OperationsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OperationsState {
    fn remove(&mut self, id: &str) -> Option<CancellationToken> {
        let at = self.running.iter().position(|(other, _)| other == id)?;
        Some(self.running.swap_remove(at).1)
    }
}

/// The message of a frame.
pub(super) enum ToSend {
    Nothing,
    Message(Message),
    /// The operation is over with this.
    Last(Message),
}

/// The outlet of one operation's messages.
pub(super) struct Outlet {
    pub(super) id: String,
    pub(super) cancel: CancellationToken,
    pub(super) operations: Arc<Operations>,
    /// The longest answer that can be written at once.
    pub(super) most_bytes: usize,
    pub(super) counters: Arc<Counters>,
}

impl Outlet {
    /// An answer, if it is short enough.
    fn next(&self, body: &Bytes) -> Result<Message, ServerError> {
        if body.len() + self.id.len() >= self.most_bytes {
            let most = self.most_bytes;
            let message = format!("The answer is longer than {most} bytes; ask for less.");
            return Err(errors::coded(errors::LIMIT_EXCEEDED, message));
        }
        self.counters.delivered();
        Ok(Message::Text(protocol::next(&self.id, body).into()))
    }

    pub(super) fn to_send(&self, frame: &Frame) -> ToSend {
        match frame {
            Frame::Answer { body, .. } => match self.next(body) {
                Ok(message) => ToSend::Message(message),
                Err(too_long) => ToSend::Last(self.refusal(too_long)),
            },
            Frame::Failed { errors, .. } => ToSend::Last(self.failure(errors)),
            Frame::Idle { cursor: Some(cursor) } => ToSend::Message(self.cursor(*cursor)),
            Frame::Idle { cursor: None } => ToSend::Nothing,
        }
    }

    pub(super) fn cursor(&self, cursor: Cursor) -> Message {
        Message::Text(protocol::cursor(&self.id, cursor).into())
    }

    // The id is free again before the client hears that the operation is over.

    pub(super) fn completion(&self) -> Message {
        self.operations.remove(&self.id);
        Message::Text(protocol::complete(&self.id).into())
    }

    pub(super) fn failure(&self, errors: &Bytes) -> Message {
        self.operations.remove(&self.id);
        Message::Text(protocol::error(&self.id, errors).into())
    }

    pub(super) fn refusal(&self, error: ServerError) -> Message {
        self.failure(&answer::encode_errors(&[error]))
    }

    async fn send(&self, message: Message) -> Result<(), Closed> {
        let operation = self.cancel.clone();
        self.operations.push(Outgoing::Answer { message, operation }).await
    }
}

/// Runs an operation to its end, or until it is handed over to a group.
pub(super) async fn run<E: Executor>(watch: Watch<E>, question: Arc<Question>, outlet: Outlet) {
    let cancel = outlet.cancel.clone();
    let running = async {
        let facts = question.facts();
        let kind = facts.kind;
        if let Err(error) = execute::admit(&watch.gateway, &watch.viewer, facts) {
            log(&watch, &question, errors::code(&error), Duration::ZERO);
            return outlet.send(outlet.refusal(error)).await;
        }
        // Boxed: a feed that waits for its permit needs no room for a query.
        match kind {
            OperationKind::Query | OperationKind::Mutation => {
                Box::pin(once(watch, question, &outlet)).await
            }
            OperationKind::Subscription => {
                log(&watch, &question, None, Duration::ZERO);
                follow(watch, question, Begin::AsAsked, outlet).await
            }
        }
    };
    // If nobody reads any more, there is nothing left to do.
    cancel.run_until_cancelled(running.map(drop)).await;
}

/// Goes on with a feed that lags too far behind its group.
pub(super) async fn backfill<E: Executor>(
    watch: Watch<E>,
    question: Arc<Question>,
    outlet: Outlet,
    after: Cursor,
) {
    let cancel = outlet.cancel.clone();
    let running = follow(watch, question, Begin::Again(after), outlet);
    cancel.run_until_cancelled(running.map(drop)).await;
}

async fn once<E: Executor>(
    watch: Watch<E>,
    question: Arc<Question>,
    outlet: &Outlet,
) -> Result<(), Closed> {
    let begun = Instant::now();
    let Watch { gateway, viewer, request_id, .. } = &watch;
    let permit = match gateway.permits.for_request(caller(viewer), question.facts()).await {
        Ok(permit) => permit,
        Err(busy) => {
            log(&watch, &question, errors::code(&busy), begun.elapsed());
            return outlet.send(outlet.refusal(busy)).await;
        }
    };
    let mut operation = Operation::new(question.clone()).by(Some(viewer), request_id);
    if let Some(trace) = &watch.trace_id {
        operation = operation.with(trace.clone());
    }
    let response = execute::once(gateway, operation, request_id).await;
    let code = response.errors.first().and_then(errors::code);
    log(&watch, &question, code, begun.elapsed());
    if answer::is_request_error(&response) {
        drop(permit);
        return outlet.send(outlet.failure(&answer::encode_errors(&response.errors))).await;
    }
    let answer = outlet.next(&answer::encode(&response));
    // Whoever reads slowly keeps nobody waiting.
    drop(permit);
    match answer {
        Ok(message) => outlet.send(message).await?,
        Err(too_long) => return outlet.send(outlet.refusal(too_long)).await,
    }
    outlet.send(outlet.completion()).await
}

fn log<E: Executor>(watch: &Watch<E>, question: &Question, code: Option<&str>, took: Duration) {
    let Watch { gateway, viewer, request_id, .. } = watch;
    let outcome = (Some(question.facts()), code);
    log_on_websocket(&gateway.app.metrics, request_id, viewer, outcome, took);
}

/// Runs a feed until it is over or handed over to a group.
async fn follow<E: Executor>(
    watch: Watch<E>,
    question: Arc<Question>,
    begin: Begin,
    outlet: Outlet,
) -> Result<(), Closed> {
    let viewer = watch.viewer.clone();
    let mut parts = Box::pin(Arc::new(watch).alone(question, begin));
    while let Some(part) = parts.next().await {
        match part {
            Part::Frame(frame) => match outlet.to_send(&frame) {
                ToSend::Nothing => {}
                ToSend::Message(message) => outlet.send(message).await?,
                ToSend::Last(message) => return outlet.send(message).await,
            },
            Part::HandedOver(following) => {
                // Its room is free before the socket takes some.
                drop(parts);
                let operations = outlet.operations.clone();
                let follower = Box::new(Follower { viewer, outlet, following });
                return operations.push(Outgoing::Follow(follower)).await;
            }
        }
    }
    outlet.send(outlet.completion()).await
}
