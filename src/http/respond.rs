//! Answers as HTTP has them: their status, their headers, and how they are written.

use async_graphql::{ServerError, Value};
use axum::{
    Json,
    body::{Body, Bytes},
    http::{
        HeaderValue, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    answer,
    errors::{self, coded},
    feed::Frame,
    feed_body::Encoding,
    negotiate::{Accepted, MediaType},
};

/// The audits of graphql-http want 400; a draft of the specification says 422.
const REQUEST_ERROR: StatusCode = StatusCode::BAD_REQUEST;

/// A request that is answered with an error and nothing else.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) error: Box<ServerError>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, error: Box::new(coded(code, message)) }
    }
}

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        Self { status: status(&error).unwrap_or(REQUEST_ERROR), error: Box::new(error) }
    }
}

/// The refusal for a client that takes no form of answer that there is.
pub(super) fn not_acceptable() -> Refusal {
    Refusal::new(
        StatusCode::NOT_ACCEPTABLE,
        errors::BAD_REQUEST,
        "Answers come as application/graphql-response+json, application/json or text/event-stream.",
    )
}

/// The answer to an operation that was executed, or that the schema refused to execute.
pub(super) fn answered(answer: &async_graphql::Response, media_type: MediaType) -> Response {
    let body = answer::encode(answer);
    if !answer::is_request_error(answer) && !was_unavailable(answer) {
        return respond(StatusCode::OK, media_type, wrapped(body, media_type));
    }
    match (answer.errors.first().and_then(status), media_type) {
        (Some(status), _) => {
            let error = answer.errors.first();
            let retry_after = error.and_then(retry_after);
            let mut response = respond(status, json_only(media_type), body);
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(RETRY_AFTER, seconds);
            }
            response
        }
        (None, MediaType::GraphqlResponse) => respond(REQUEST_ERROR, media_type, body),
        (None, MediaType::Json | MediaType::EventStream | MediaType::Multipart) => {
            respond(StatusCode::OK, media_type, wrapped(body, media_type))
        }
    }
}

/// The status of an error that is about the request as a whole.
fn status(error: &ServerError) -> Option<StatusCode> {
    match errors::code(error)? {
        errors::UNAUTHENTICATED => Some(StatusCode::UNAUTHORIZED),
        errors::RATE_LIMITED => Some(StatusCode::TOO_MANY_REQUESTS),
        errors::RESOURCE_EXHAUSTED | errors::UNAVAILABLE => Some(StatusCode::SERVICE_UNAVAILABLE),
        errors::TIMEOUT => Some(StatusCode::GATEWAY_TIMEOUT),
        errors::INTERNAL => Some(StatusCode::INTERNAL_SERVER_ERROR),
        _ => None,
    }
}

/// Whether nothing came of an operation, because the database could not be reached or written. Then the status is to say
/// so, to whatever is between here and the client as well.
fn was_unavailable(answer: &async_graphql::Response) -> bool {
    let is_unavailable = |error| errors::code(error) == Some(errors::UNAVAILABLE);
    answer.data == Value::Null
        && !answer.errors.is_empty()
        && answer.errors.iter().all(is_unavailable)
}

/// The answer to a document that cannot be executed.
pub(super) fn unexecuted(errors: Vec<ServerError>, accepted: &Accepted) -> Response {
    answered(&async_graphql::Response::from_errors(errors), accepted.for_error())
}

/// The answer to a request that is not one.
pub(super) fn refused(refusal: &Refusal, accepted: &Accepted) -> Response {
    let body = answer::encode(&errors::only(ServerError::clone(&refusal.error)));
    let mut response = respond(refusal.status, json_only(accepted.for_error()), body);
    let headers = response.headers_mut();
    if refusal.status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    if refusal.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ordergate\""));
    }
    if let Some(seconds) = retry_after(&refusal.error) {
        headers.insert(RETRY_AFTER, seconds);
    }
    response
}

/// Clients of feeds look at the status before they look for frames.
fn json_only(media_type: MediaType) -> MediaType {
    match media_type {
        MediaType::Json | MediaType::EventStream | MediaType::Multipart => MediaType::Json,
        MediaType::GraphqlResponse => MediaType::GraphqlResponse,
    }
}

fn wrapped(body: Bytes, media_type: MediaType) -> Bytes {
    let frame = |body| Frame::Answer { body, cursor: None };
    match media_type {
        MediaType::Json | MediaType::GraphqlResponse => body,
        MediaType::EventStream => Encoding::EventStream.whole(&frame(body)),
        MediaType::Multipart => Encoding::Multipart.whole(&frame(body)),
    }
}

fn retry_after(error: &ServerError) -> Option<HeaderValue> {
    let seconds = error.extensions.as_ref()?.get("retryAfter")?;
    HeaderValue::from_str(&seconds.to_string()).ok()
}

/// An answer that nobody may keep.
pub(super) fn respond(
    status: StatusCode,
    media_type: MediaType,
    body: impl Into<Body>,
) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type.content_type())),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.into()).into_response()
}

/// The answer at an address where there is nothing.
pub(super) async fn not_found() -> Response {
    plain_error(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this address.")
}

/// An answer to a request that is none of GraphQL.
pub(super) fn plain_error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    (status, Json(body)).into_response()
}
