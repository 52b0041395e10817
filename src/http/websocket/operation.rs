//! One operation on a socket, in a task of its own until it is answered or a group carries it on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Executor, ServerError};
use axum::{body::Bytes, extract::ws::Message};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::{follower::Follower, protocol, writer::Outgoing};
use crate::{
    auth::Session,
    events::{
        counters::Counters,
        cursor::Cursor,
        progress::{CarryOn, State},
    },
    graphql::request::OperationKind,
    http::{
        answer, errors,
        execute::{self, Operation, Question},
        feed::Frame,
        gateway::Gateway,
        live::{Begin, Watch},
    },
    planted::{self, Fault},
};

/// The operations of one socket that are not over.
#[derive(Clone, Default)]
pub(super) struct Operations {
    running: Arc<Mutex<HashMap<String, CancellationToken>>>,
    /// Rung when the writer may have something to tell, or to forget.
    pub(super) bell: Arc<Notify>,
}

/// Why an operation cannot begin.
pub(super) enum NotBegun {
    /// Its id is that of another one.
    Duplicate,
    TooMany,
}

impl Operations {
    pub(super) fn begin(&self, id: &str, most: usize) -> Result<CancellationToken, NotBegun> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if planted::is(Fault::DuplicateOperation)
            && let Some(first) = running.remove(id)
        {
            first.cancel();
        }
        if running.contains_key(id) {
            return Err(NotBegun::Duplicate);
        }
        if running.len() >= most {
            return Err(NotBegun::TooMany);
        }
        let cancel = CancellationToken::new();
        running.insert(id.to_owned(), cancel.clone());
        Ok(cancel)
    }

    /// Ends an operation at the client's wish.
    pub(super) fn cancel(&self, id: &str) {
        if let Some(cancel) = self.remove(id) {
            cancel.cancel();
            self.bell.notify_one();
        }
    }

    pub(super) fn cancel_all(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, cancel) in running.drain() {
            cancel.cancel();
        }
    }

    fn remove(&self, id: &str) -> Option<CancellationToken> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }
}

/// Where the messages of one operation go.
pub(super) struct Outlet {
    pub(super) id: String,
    pub(super) cancel: CancellationToken,
    pub(super) operations: Operations,
    pub(super) messages: mpsc::Sender<Box<Outgoing>>,
    /// The longest answer that can be written at once.
    pub(super) most_bytes: usize,
    pub(super) counters: Arc<Counters>,
}

/// Nobody reads any more.
struct Gone;

impl Outlet {
    /// An answer, if it is short enough.
    pub(super) fn next(&self, body: &Bytes) -> Result<Message, ServerError> {
        if body.len() + self.id.len() >= self.most_bytes {
            let most = self.most_bytes;
            let message = format!("The answer is longer than {most} bytes; ask for less.");
            return Err(errors::coded(errors::LIMIT_EXCEEDED, message));
        }
        self.counters.delivered();
        Ok(Message::Text(protocol::next(&self.id, body).into()))
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

    pub(super) async fn refuse(&self, error: ServerError) {
        // If nobody reads, nobody needs to know.
        drop(self.send(self.refusal(error)).await);
    }

    async fn send(&self, message: Message) -> Result<(), Gone> {
        let answer = Outgoing::Answer { message, operation: self.cancel.clone() };
        self.messages.send(Box::new(answer)).await.map_err(|_| Gone)
    }
}

/// Carries an operation from beginning to end, or until a group carries it on.
pub(super) async fn run<E: Executor>(
    gateway: Arc<Gateway<E>>,
    question: Arc<Question>,
    session: Session,
    outlet: Outlet,
    request_id: String,
) {
    let cancel = outlet.cancel.clone();
    let carried = async {
        let kind = question.facts().kind;
        if let Err(error) = execute::admit(&gateway, session.viewer(), kind) {
            outlet.refuse(error).await;
            return;
        }
        // If nobody reads any more, there is nothing left to do.
        drop(match kind {
            OperationKind::Query | OperationKind::Mutation => {
                let operation = Operation::new(question).by(Some(session.viewer()), &request_id);
                once(&gateway, operation, &outlet, &request_id).await
            }
            OperationKind::Subscription => {
                let bell = outlet.operations.bell.clone();
                let viewer = session.viewer().clone();
                let watch = Watch { gateway, question, viewer, request_id, bell };
                follow(watch, Begin::AsAsked, outlet).await
            }
        });
    };
    cancel.run_until_cancelled(carried).await;
}

async fn once<E: Executor>(
    gateway: &Gateway<E>,
    operation: Operation,
    outlet: &Outlet,
    request_id: &str,
) -> Result<(), Gone> {
    let response = execute::once(gateway, operation, request_id).await;
    if answer::is_request_error(&response) {
        return outlet.send(outlet.failure(&answer::encode_errors(&response.errors))).await;
    }
    match outlet.next(&answer::encode(&response)) {
        Ok(message) => outlet.send(message).await?,
        Err(too_long) => return outlet.send(outlet.refusal(too_long)).await,
    }
    outlet.send(outlet.completion()).await
}

/// Carries a feed until it is over or a group carries it on; comes back to here if it falls too far behind the group.
fn follow<E: Executor>(
    watch: Watch<E>,
    begin: Begin,
    outlet: Outlet,
) -> BoxFuture<'static, Result<(), Gone>> {
    let again = watch.again();
    let (entrance, frames) = watch.alone(begin);
    let carried = async move {
        let mut frames = Box::pin(frames);
        while let Some(frame) = frames.next().await {
            match frame {
                Frame::Answer { body, .. } => match outlet.next(&body) {
                    Ok(message) => outlet.send(message).await?,
                    Err(too_long) => return outlet.send(outlet.refusal(too_long)).await,
                },
                Frame::Failed { errors, .. } => return outlet.send(outlet.failure(&errors)).await,
                Frame::Idle { cursor: Some(cursor) } => outlet.send(outlet.cursor(cursor)).await?,
                Frame::Idle { cursor: None } => {}
            }
        }
        let Some(following) = entrance.following() else {
            return outlet.send(outlet.completion()).await;
        };
        let catch_up = Box::new(move |outlet: Outlet, question, after| {
            let watch = again(question);
            let (tasks, cancel) = (watch.gateway.tasks.clone(), outlet.cancel.clone());
            let begin = Begin::Again(CarryOn { after, state: State::default() });
            let carried = follow(watch, begin, outlet);
            tasks.spawn(cancel.run_until_cancelled_owned(carried));
        });
        let messages = outlet.messages.clone();
        let follower = Outgoing::Follow(Follower { outlet, following, catch_up });
        messages.send(Box::new(follower)).await.map_err(|_| Gone)
    };
    carried.boxed()
}
