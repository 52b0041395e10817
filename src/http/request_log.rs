//! The log entry of each request, and the id by which it can be found.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use domain::viewer::Viewer;
use tokio::time::Instant;
use tracing::info;
use uuid::Uuid;

use crate::{
    document::RequestFacts,
    graphql::request::{RequestId, TraceId},
    metrics::Metrics,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
const LONGEST_ID: usize = 128;
const LONGEST_NAME: usize = 64;

/// Names the request, lets it through and logs its outcome. Paths are logged as templates; bodies never.
pub(super) async fn log(
    State(metrics): State<Arc<Metrics>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let trace_id = trace_id(request.headers());
    if let Some(id) = &trace_id {
        request.extensions_mut().insert(id.clone());
    }
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();

    let mut response = next.run(request).await;

    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = response.status().as_u16();
    let took = begun.elapsed();
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let entry = response.extensions_mut().remove::<LogEntry>();
    if let Some(entry) = &entry {
        let operation = entry.facts.as_ref().map_or("unread", |facts| facts.kind.as_str());
        metrics.answered("http", operation, entry.code.as_deref(), took);
    }
    let entry = entry.unwrap_or_default();
    let LogEntry { viewer, facts, code } = &entry;
    info!(
        request.id = id,
        trace.id = trace_id.as_ref().map(|trace| trace.0.as_str()),
        http.method = method.as_str(),
        http.route = route,
        http.status = status,
        tenant = viewer.as_ref().map(|viewer| tracing::field::display(viewer.tenant_id)),
        caller = viewer.as_ref().map(|viewer| viewer.subject.as_str()),
        graphql.operation = facts.as_ref().map(|facts| facts.kind.as_str()),
        graphql.name = facts.as_ref().and_then(name),
        error.code = code.as_deref(),
        milliseconds,
        "{method} {route} {status}"
    );
    response
}

/// The log entry of a GraphQL request, as far as the request came.
#[derive(Clone, Default)]
pub(super) struct LogEntry {
    pub(super) viewer: Option<Arc<Viewer>>,
    pub(super) facts: Option<RequestFacts>,
    /// The code of its first error.
    pub(super) code: Option<String>,
}

/// One operation on a websocket was answered, or a feed on it was opened.
pub(super) fn log_on_websocket(
    metrics: &Metrics,
    request_id: &str,
    viewer: &Viewer,
    (facts, code): (Option<&RequestFacts>, Option<&str>),
    took: Duration,
) {
    let operation = facts.map_or("unread", |facts| facts.kind.as_str());
    metrics.answered("websocket", operation, code, took);
    info!(
        request.id = request_id,
        transport = "websocket",
        tenant = %viewer.tenant_id,
        caller = viewer.subject,
        graphql.operation = facts.map(|facts| facts.kind.as_str()),
        graphql.name = facts.and_then(name),
        error.code = code,
        milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "websocket {operation}"
    );
}

/// The operation's name, of which clients may make as much as they like.
fn name(facts: &RequestFacts) -> Option<&str> {
    let name = facts.operation_name.as_deref()?;
    Some(&name[..name.floor_char_boundary(LONGEST_NAME)])
}

/// The client's id if it is one that can be logged as it is; a new one otherwise.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    let theirs = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane);
    theirs.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// The trace that the client's request is part of; none: it does not say, or not as it should.
fn trace_id(headers: &HeaderMap) -> Option<TraceId> {
    let mut given = headers.get_all(TRACE_PARENT).iter();
    let (Some(parent), None) = (given.next(), given.next()) else { return None };
    TraceId::of_parent(parent.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_that_is_named_twice_is_not_taken() {
        let parent =
            HeaderValue::from_static("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let headers = |times| (0..times).map(|_| (TRACE_PARENT, parent.clone())).collect();
        assert_eq!(
            [0, 1, 2].map(|times| trace_id(&headers(times)).is_some()),
            [false, true, false]
        );
    }

    #[test]
    fn only_a_sane_id_is_taken_over() {
        for (theirs, taken) in [
            ("abc-1.2:3_4", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            (&"a".repeat(129), false),
        ] {
            let value = HeaderValue::from_str(theirs).unwrap();
            let id = request_id(&HeaderMap::from_iter([(REQUEST_ID, value)]));
            assert_eq!(id == theirs, taken, "{theirs}");
        }
    }
}
