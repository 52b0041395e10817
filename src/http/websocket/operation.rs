//! One operation on a socket, in its own task.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Executor, ServerError};
use axum::{body::Bytes, extract::ws::Message};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{protocol, writer::Outgoing};
use crate::{
    auth::Session,
    events::progress::Progress,
    graphql::request::OperationKind,
    http::{
        answer, errors,
        execute::{self, Operation},
        feed::{self, Frame},
        gateway::Gateway,
    },
};

/// The operations of one socket that are not over.
#[derive(Clone, Default)]
pub(super) struct Operations {
    running: Arc<Mutex<HashMap<String, CancellationToken>>>,
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
    pub(super) messages: mpsc::Sender<Outgoing>,
    /// The longest answer that can be written at once.
    pub(super) most_bytes: usize,
}

/// Nobody reads any more.
struct Gone;

impl Outlet {
    async fn send(&self, text: String) -> Result<(), Gone> {
        let message = Message::Text(text.into());
        let outgoing = Outgoing { message, operation: Some(self.cancel.clone()) };
        self.messages.send(outgoing).await.map_err(|_| Gone)
    }

    async fn next(&self, body: &Bytes) -> Result<(), Gone> {
        self.send(protocol::next(&self.id, body)).await
    }

    /// The id is free again before the client hears that the operation is over.
    async fn end(&self, text: String) -> Result<(), Gone> {
        self.operations.remove(&self.id);
        self.send(text).await
    }

    pub(super) async fn refuse(&self, error: ServerError) {
        let errors = answer::encode_errors(&[error]);
        // If nobody reads, nobody needs to know.
        drop(self.end(protocol::error(&self.id, &errors)).await);
    }

    fn fits(&self, body: &Bytes) -> bool {
        body.len() + self.id.len() < self.most_bytes
    }
}

/// Carries an operation from beginning to end.
pub(super) async fn run<E: Executor>(
    gateway: Arc<Gateway<E>>,
    operation: Operation,
    session: Session,
    outlet: Outlet,
    request_id: String,
) {
    let cancel = outlet.cancel.clone();
    let carried = async {
        if let Err(error) = execute::admit(&gateway, session.viewer(), operation.facts.kind) {
            outlet.refuse(error).await;
            return;
        }
        let operation = operation.by(Some(session.viewer()), &request_id);
        // If nobody reads any more, there is nothing left to do.
        drop(match operation.facts.kind {
            OperationKind::Query | OperationKind::Mutation => {
                once(&gateway, operation, &outlet, &request_id).await
            }
            OperationKind::Subscription => follow(&gateway, operation, &outlet, request_id).await,
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
        let errors = answer::encode_errors(&response.errors);
        return outlet.end(protocol::error(&outlet.id, &errors)).await;
    }
    let body = answer::encode(&response);
    if !outlet.fits(&body) {
        outlet.refuse(too_long(outlet)).await;
        return Ok(());
    }
    outlet.next(&body).await?;
    outlet.end(protocol::complete(&outlet.id)).await
}

async fn follow<E: Executor>(
    gateway: &Gateway<E>,
    operation: Operation,
    outlet: &Outlet,
    request_id: String,
) -> Result<(), Gone> {
    let progress = Progress::default();
    let answers = execute::feed(gateway, operation, &progress, request_id);
    let mut frames = std::pin::pin!(feed::frames(answers, progress, gateway.config.heartbeat));
    while let Some(frame) = frames.next().await {
        match frame {
            Frame::Answer { body, .. } if !outlet.fits(&body) => {
                outlet.refuse(too_long(outlet)).await;
                return Ok(());
            }
            Frame::Answer { body, .. } => outlet.next(&body).await?,
            Frame::Failed { errors, .. } => {
                return outlet.end(protocol::error(&outlet.id, &errors)).await;
            }
            Frame::Idle { cursor: Some(cursor) } => {
                outlet.send(protocol::cursor(&outlet.id, cursor)).await?;
            }
            Frame::Idle { cursor: None } => {}
        }
    }
    outlet.end(protocol::complete(&outlet.id)).await
}

fn too_long(outlet: &Outlet) -> ServerError {
    let message = format!("The answer is longer than {} bytes; ask for less.", outlet.most_bytes);
    errors::coded(errors::LIMIT_EXCEEDED, message)
}
