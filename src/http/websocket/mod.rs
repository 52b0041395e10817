//! Websockets that speak `graphql-transport-ws`, and nothing else.
//!
//! A socket is one task, which reads and writes. An operation begins in a task of its own, which queues its messages
//! for the socket's. A feed that follows a group needs no task: the socket takes one of its frames in turn with
//! everything else, so a busy feed starves nobody. Queries and mutations are served as well: executed once, then
//! completed.

mod follower;
mod operation;
mod origin;
mod peer;
mod protocol;
mod socket;

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    Json,
    extract::{FromRequestParts, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::json;

use self::{origin::is_allowed, protocol::SUBPROTOCOL, socket::Client};
use super::{connections::Connection, credential::Presented, errors, gateway::Gateway};
use crate::graphql::request::{RequestId, TraceId};

/// Written out when this much is waiting.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Whether a request wants to become a websocket.
pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Upgrades a request to a websocket. The caller is authenticated there, by `connection_init`.
pub(super) async fn upgrade<E: Executor>(gateway: Arc<Gateway<E>>, parts: &mut Parts) -> Response {
    if !is_allowed(&parts.headers, &gateway.config.allowed_origins) {
        return refused(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "This origin may not open a websocket.",
        );
    }
    if gateway.stop.is_cancelled() {
        return unavailable("The server is about to stop.");
    }
    let Some(permit) = gateway.watchers.enter() else {
        return unavailable("Too many clients are watching.");
    };
    let upgrade = match WebSocketUpgrade::from_request_parts(parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let connection = Connection::of(&parts.extensions);
    let address = connection.address;
    let Ok(permits) = connection.into_permits() else {
        return unavailable("Too many websockets of this address.");
    };
    let client = Client {
        address,
        presented: Presented::in_headers(&parts.headers),
        request_id: parts.extensions.get::<RequestId>().map_or_else(String::new, |id| id.0.clone()),
        trace_id: parts.extensions.get::<TraceId>().cloned(),
        _permits: (permits, permit),
    };
    let limits = &gateway.config.websocket;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(limits.message_bytes)
        .max_frame_size(limits.message_bytes)
        .read_buffer_size(limits.read_buffer_bytes)
        .write_buffer_size(WRITE_BUFFER_BYTES.min(limits.write_buffer_bytes / 2))
        .max_write_buffer_size(limits.write_buffer_bytes);
    let tasks = gateway.tasks.clone();
    // Counted from now on: the upgrade itself may take a moment.
    let token = tasks.token();
    upgrade.on_upgrade(async move |socket| {
        // In a task of its own: the one of the upgrade is larger, and stays as large.
        tasks.spawn(socket::run(gateway, socket, client));
        drop(token);
    })
}

fn unavailable(message: &str) -> Response {
    refused(StatusCode::SERVICE_UNAVAILABLE, errors::RESOURCE_EXHAUSTED, message)
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, Json(body)).into_response()
}
