//! `/graphql`: queries and mutations by POST, queries by GET, feeds as event streams or multipart, websockets.

use std::{sync::Arc, time::Duration};

use async_graphql::{Executor, ServerError};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use domain::viewer::Viewer;
use entity::TenantId;
use futures_util::StreamExt;
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    caller::{Caller, caller},
    connections::Connection,
    credential::{Presented, authenticate},
    errors, execute,
    feed_body::{self, Encoding, Watcher},
    gateway::Gateway,
    live::{Begin, Watch},
    negotiate::{Accepted, MediaType},
    parameters::{self, BadRequest},
    question::{Operation, Question},
    request_log::LogEntry,
    respond::{Refusal, answered, not_acceptable, refused, respond, unexecuted},
    sse,
    watchers::{CallerPermit, NodePermit, Way},
    websocket,
};
use crate::{
    auth::Session,
    document::{OperationKind, RequestFacts},
    graphql::request::{IdempotencyHeader, MayLag, RequestId, ResumeFrom, TraceId},
};

const MOST_IDEMPOTENCY_KEY_BYTES: usize = 255;
const MOST_CURSOR_BYTES: usize = 256;

/// A query, a feed, or the start of a websocket.
pub(super) async fn get<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    request: Request,
) -> Response {
    let (mut parts, _) = request.into_parts();
    if websocket::is_upgrade(&parts.headers) {
        return websocket::upgrade(gateway, &mut parts).await;
    }
    answer(gateway, &parts, Asked::InAddress).await
}

/// A query, a mutation or a feed.
pub(super) async fn post<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = posted(&gateway, &parts.headers, body).await;
    answer(gateway, &parts, Asked::InBody(body)).await
}

/// Where a request says what it asks. Nobody has looked at it yet.
enum Asked {
    InAddress,
    InBody(Result<Vec<u8>, Refusal>),
}

async fn posted<E>(
    gateway: &Gateway<E>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<u8>, Refusal> {
    if !is_json(headers) {
        // Also what keeps pages of other origins out: a form cannot send JSON.
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            errors::BAD_REQUEST,
            "The content type must be application/json in UTF-8.",
        ));
    }
    let most = gateway.config.body_bytes;
    timeout(gateway.config.body_timeout, read(body, most)).await.unwrap_or_else(|_| {
        Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            errors::TIMEOUT,
            "The body did not arrive in time.",
        ))
    })
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some("application/json")
        && parts.all(|parameter| match parameter.strip_prefix("charset=") {
            Some(charset) => matches!(charset.trim_matches('"'), "utf-8" | "utf8"),
            None => true,
        })
}

async fn read(body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut read = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                errors::BAD_REQUEST,
                "The body could not be read.",
            )
        })?;
        if read.len() + chunk.len() > most {
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                errors::LIMIT_EXCEEDED,
                format!("The body is longer than {most} bytes."),
            ));
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

async fn answer<E: Executor>(gateway: Arc<Gateway<E>>, parts: &Parts, asked: Asked) -> Response {
    let accepted = Accepted::from_headers(&parts.headers);
    let mut entry = LogEntry::default();
    let served = serve(gateway, parts, &accepted, asked, &mut entry).await;
    let mut response = served.unwrap_or_else(|refusal| {
        entry.code = errors::code(&refusal.error).map(str::to_owned);
        refused(&refusal, &accepted)
    });
    response.extensions_mut().insert(entry);
    response
}

/// Authenticates the caller before it reads the question: an unknown caller gets little of this node's time.
async fn serve<E: Executor>(
    gateway: Arc<Gateway<E>>,
    parts: &Parts,
    accepted: &Accepted,
    asked: Asked,
    entry: &mut LogEntry,
) -> Result<Response, Refusal> {
    let last_event_id = parts.headers.get("last-event-id");
    if last_event_id.is_some_and(|id| id == sse::OVER) {
        // What a browser takes for the end, and not for an interruption.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let request_id = parts.extensions.get::<RequestId>().map_or("", |id| &id.0);
    let connection = Connection::of(&parts.extensions);
    let session = if let Some(presented) = Presented::in_headers(&parts.headers) {
        Some(authenticate(&gateway, &presented, connection.address, request_id).await?)
    } else {
        execute::admit_stranger(&gateway, connection.address)?;
        None
    };
    let viewer = session.as_ref().map(|session| session.viewer().clone());
    entry.viewer.clone_from(&viewer);
    if let Some(viewer) = &viewer {
        execute::may_ask(&gateway, viewer)?;
    }
    let is_post = matches!(asked, Asked::InBody(_));
    let question = match read_question(&gateway, parts, asked) {
        Ok(question) => question,
        Err(unread) => {
            if let Some(viewer) = &viewer {
                execute::count_refusal(&gateway, viewer);
            }
            return match unread {
                Unread::Request(refusal) => Err(refusal),
                Unread::Document(errors) => {
                    entry.code = errors.first().and_then(errors::code).map(str::to_owned);
                    Ok(unexecuted(errors, accepted))
                }
            };
        }
    };
    entry.facts = Some(question.facts().clone());
    if !is_post && question.facts().kind == OperationKind::Mutation {
        return Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            errors::BAD_REQUEST,
            "Mutations must be sent with POST.",
        ));
    }
    match session {
        Some(session) => {
            let caller = (session, connection);
            run(gateway, parts, accepted, question, caller, request_id, entry).await
        }
        None if open_to_all(question.facts(), gateway.config.introspection_for_anonymous) => {
            let caller = (TenantId(Uuid::nil()), connection.address.to_string());
            let operation = Operation::new(question).by(None, request_id);
            once(&gateway, accepted, operation, caller, request_id, entry).await
        }
        None => Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            errors::UNAUTHENTICATED,
            errors::CREDENTIAL_WANTED,
        )),
    }
}

/// Why a question could not be read.
enum Unread {
    Request(Refusal),
    Document(Vec<ServerError>),
}

fn read_question<E>(
    gateway: &Gateway<E>,
    parts: &Parts,
    asked: Asked,
) -> Result<Arc<Question>, Unread> {
    let config = &gateway.config;
    let parameters = match asked {
        Asked::InAddress => parameters::from_query(parts.uri.query().unwrap_or_default(), config),
        Asked::InBody(body) => parameters::from_json(&body.map_err(Unread::Request)?, config),
    };
    let parameters = parameters.map_err(|bad| match bad {
        BadRequest::HashOnly => Unread::Document(vec![bad.into_error()]),
        BadRequest::Malformed(_) | BadRequest::Unusable(_) => {
            let error = Box::new(bad.into_error());
            Unread::Request(Refusal { status: StatusCode::BAD_REQUEST, error })
        }
    })?;
    Question::read(parameters, &gateway.documents).map_err(Unread::Document)
}

async fn run<E: Executor>(
    gateway: Arc<Gateway<E>>,
    parts: &Parts,
    accepted: &Accepted,
    question: Arc<Question>,
    (session, connection): (Session, Connection),
    request_id: &str,
    entry: &mut LogEntry,
) -> Result<Response, Refusal> {
    let facts = question.facts();
    let viewer = session.viewer().clone();
    let key = idempotency_key(&parts.headers, facts)?;
    execute::admit(&gateway, &viewer, facts)?;
    if facts.kind == OperationKind::Subscription {
        return watch(gateway, parts, accepted, question, (session, connection), request_id);
    }
    let mut operation = Operation::new(question).by(Some(&viewer), request_id);
    if let Some(trace) = parts.extensions.get::<TraceId>() {
        operation = operation.with(trace.clone());
    }
    if let Some(key) = key {
        operation = operation.with(key);
    }
    if !wants_latest(&parts.headers) {
        operation = operation.with(MayLag);
    }
    once(&gateway, accepted, operation, caller(&viewer), request_id, entry).await
}

/// Executes a query or a mutation when its caller has a permit.
async fn once<E: Executor>(
    gateway: &Gateway<E>,
    accepted: &Accepted,
    operation: Operation,
    caller: Caller,
    request_id: &str,
    entry: &mut LogEntry,
) -> Result<Response, Refusal> {
    let media_type = accepted.for_answer().ok_or_else(not_acceptable)?;
    // Held until the answer is written down, which takes its time as well.
    let _permit = gateway.permits.for_request(caller, operation.question.facts()).await?;
    let answer = execute::once(gateway, operation, request_id).await;
    entry.code = answer.errors.first().and_then(errors::code).map(str::to_owned);
    Ok(answered(&answer, media_type))
}

fn open_to_all(facts: &RequestFacts, introspection: bool) -> bool {
    let open = |name: &String| name == "__typename" || (introspection && name.starts_with("__"));
    facts.kind == OperationKind::Query && facts.root_fields.iter().all(open)
}

/// Whether the caller wants nothing that is older than its request.
fn wants_latest(headers: &HeaderMap) -> bool {
    headers
        .get("ordergate-freshness")
        .is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"latest"))
}

fn idempotency_key(
    headers: &HeaderMap,
    facts: &RequestFacts,
) -> Result<Option<IdempotencyHeader>, Refusal> {
    let bad = |message| Refusal::new(StatusCode::BAD_REQUEST, errors::BAD_USER_INPUT, message);
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    if facts.kind != OperationKind::Mutation {
        return Ok(None);
    }
    if facts.root_fields.len() != 1 {
        return Err(bad(
            "The Idempotency-Key header needs a mutation with one root field; use the input field idempotencyKey.",
        ));
    }
    let key = key.to_str().ok().filter(|key| (1..=MOST_IDEMPOTENCY_KEY_BYTES).contains(&key.len()));
    let key =
        key.ok_or_else(|| bad("The Idempotency-Key header must have 1 to 255 ASCII characters."))?;
    Ok(Some(IdempotencyHeader(key.to_owned())))
}

fn watch<E: Executor>(
    gateway: Arc<Gateway<E>>,
    parts: &Parts,
    accepted: &Accepted,
    question: Arc<Question>,
    (session, connection): (Session, Connection),
    request_id: &str,
) -> Result<Response, Refusal> {
    let (media_type, encoding) = match accepted.for_feed() {
        Some(MediaType::EventStream) => (MediaType::EventStream, Encoding::EventStream),
        Some(MediaType::Multipart) => (MediaType::Multipart, Encoding::Multipart),
        Some(MediaType::Json | MediaType::GraphqlResponse) | None => {
            return Err(Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                errors::BAD_REQUEST,
                "A subscription needs a websocket, or an Accept header with text/event-stream or multipart/mixed.",
            ));
        }
    };
    let last_event_id = parts.headers.get("last-event-id").and_then(|it| it.to_str().ok());
    let begin = match last_event_id {
        Some(cursor) if (1..=MOST_CURSOR_BYTES).contains(&cursor.len()) => {
            Begin::Resuming(ResumeFrom(cursor.to_owned()))
        }
        Some(_) | None => Begin::AsAsked,
    };
    let permits = permits(&gateway, session.viewer())?;
    let watch = Watch {
        gateway: gateway.clone(),
        viewer: session.viewer().clone(),
        request_id: request_id.to_owned(),
        trace_id: None,
        bell: Arc::default(),
    };
    let watcher = Watcher { session, connection, permits };
    let frames = Arc::new(watch).frames(question, begin);
    let body = feed_body::body(gateway, encoding, frames, watcher);
    let mut response = respond(StatusCode::OK, media_type, body);
    // Proxies must not collect what is meant to arrive at once.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn permits<E>(
    gateway: &Gateway<E>,
    viewer: &Viewer,
) -> Result<(NodePermit, CallerPermit), Refusal> {
    let full = |message| {
        Refusal::from(errors::come_back(
            errors::RESOURCE_EXHAUSTED,
            message,
            Duration::from_secs(5),
        ))
    };
    let node = gateway.watchers.enter().ok_or_else(|| full("Too many clients are watching."))?;
    let most = gateway.config.websocket.operations;
    let caller = gateway
        .watchers
        .join(caller(viewer), Way::Stream, most)
        .ok_or_else(|| full("This caller is watching too much already."))?;
    Ok((node, caller))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf_8_is_read() {
        for (value, good) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=utf-16", false),
            ("text/plain", false),
            ("multipart/form-data; boundary=x", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonx", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_json(&headers), good, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn strangers_may_read_the_schema_and_nothing_else() {
        let facts = |kind, fields: &[&str]| RequestFacts {
            kind,
            root_fields: fields.iter().map(|name| (*name).to_owned()).collect(),
            operation_name: None,
            cost: 1,
        };
        let query = OperationKind::Query;
        assert!(open_to_all(&facts(query, &["__typename", "__schema", "__type"]), true));
        assert!(open_to_all(&facts(query, &["__typename"]), false));
        assert!(!open_to_all(&facts(query, &["__schema"]), false));
        assert!(!open_to_all(&facts(query, &["__schema", "orders"]), true));
        assert!(!open_to_all(&facts(OperationKind::Mutation, &["__typename"]), true));
        assert!(!open_to_all(&facts(OperationKind::Subscription, &["__typename"]), true));
    }
}
