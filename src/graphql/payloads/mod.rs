//! Payloads: what is told of an event to whoever does not watch, such as a webhook endpoint; and of a line to whoever is to
//! carry it out.
//!
//! What is wanted is said by a document, a subscription to `events`. A payload has what that subscription would deliver,
//! and is made once for all who want the same and have the same rights.

mod lines;

use std::{
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context;
use async_graphql::{
    Response, ServerError, Value,
    parser::types::{OperationDefinition, Selection},
};
use bytes::Bytes;
use domain::viewer::{Scope, Viewer};
use entity::{EventId, Role, TenantId, event};
use futures_util::StreamExt;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::{
    sync::{OnceCell, Semaphore},
    time::Instant,
};
use uuid::Uuid;

use super::{
    Schema, document_schema, error::Code, id::Id, read::output::write_value, request::OneEvent,
    scalars::Time, types::personal_fields,
};
use crate::{
    app::App,
    document::{DocumentLimits, Documents, Known, OperationKind, Readable},
    events::cursor::Cursor,
};

pub use self::lines::{LineMessage, check as check_for_lines};

/// What is told unless somebody says otherwise: nothing that a later release would take away.
const USUAL: &str = "subscription { events {
    id position cursor kind subjectKind orderId orderVersion
    order { id number status } orderLine { id } subscription { id number status } license { id status }
    invoice { id number status } billingRun { id status } webhookEndpointId
    customer { id customerNumber } partner { id partnerNumber }
    trigger fromStatus toStatus actorKind actor reason occurredAt
} }";

/// The field that documents ask for.
const EVENTS: &str = "events";

/// How many payloads are made at the same time, so that requests go before them.
const AT_ONCE: usize = 4;
/// For how long a payload is the same for all. One who comes later is told how things are by then.
const SHARED_FOR: Duration = Duration::from_secs(30);
/// How many bytes of payloads are kept for others, at least; at most twice as many.
const KEPT: usize = 16 * 1024 * 1024;
/// What a payload weighs beside its text, in bytes.
const BESIDE: usize = 512;

static DOCUMENTS: LazyLock<Documents> = LazyLock::new(|| {
    let limits =
        DocumentLimits { bytes: 8 * 1024, operations: 1, cost: 1_000, ..DocumentLimits::default() };
    Documents::new(document_schema(), limits)
});

/// Looks at a document with which somebody says what to tell of events; or says what is wrong with it, for a person.
pub fn check(text: &str) -> Result<(), String> {
    read(text).map(drop)
}

fn read(text: &str) -> Result<Readable, String> {
    let read = parse(text, serde_json::Map::new())?;
    let operation = read.operation.operation();
    if read.facts.kind != OperationKind::Subscription || *read.facts.root_fields != [EVENTS] {
        return Err("Give one subscription to events: subscription { events { … } }.".to_owned());
    }
    if !operation.variable_definitions.is_empty() || has_arguments(operation) {
        let message = "Give events no arguments and the document no variables: the endpoint says itself which events it \
                       is about.";
        return Err(message.to_owned());
    }
    Ok(read)
}

/// Reads a document that nobody in particular asks for.
fn parse(
    text: &str,
    variables: serde_json::Map<String, serde_json::Value>,
) -> Result<Readable, String> {
    if text.contains('\0') {
        return Err("A document has no character U+0000.".to_owned());
    }
    let read = DOCUMENTS.read(text, None, variables).map_err(|errors| {
        let first = errors.into_iter().next().map(ServerError::from);
        first.map_or_else(String::new, |error| error.message)
    })?;
    if read.operation.selects(personal_fields()) {
        let fields = personal_fields().join(", ");
        return Err(format!("Nobody asks, so there is no {fields} to tell."));
    }
    Ok(read)
}

fn has_arguments(operation: &OperationDefinition) -> bool {
    operation.selection_set.node.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => !field.node.arguments.is_empty(),
        Selection::InlineFragment(_) | Selection::FragmentSpread(_) => false,
    })
}

/// Makes payloads.
pub struct Payloads {
    app: Arc<App>,
    schema: Schema,
    turns: Semaphore,
    kept: Mutex<Known<Key, Kept>>,
}

/// Equal for those who are told the same.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    event: EventId,
    document: [u8; 32],
    tenant: TenantId,
    role: Role,
    scope: Scope,
}

#[derive(Clone)]
struct Kept {
    since: Instant,
    body: Arc<OnceCell<Bytes>>,
}

/// What is to be told, to whom.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// With whose rights; known to see the event.
    pub viewer: &'a Arc<Viewer>,
    pub event: &'a Arc<event::Model>,
    /// The log that the event is in.
    pub epoch: Uuid,
    /// None: what is told unless somebody says otherwise.
    pub document: Option<&'a str>,
}

impl Payloads {
    pub fn new(app: Arc<App>) -> Self {
        let (schema, turns) = (super::build(app.clone()), Semaphore::new(AT_ONCE));
        Self { app, schema, turns, kept: Mutex::new(Known::new(KEPT)) }
    }

    /// The payload as JSON. An error means that it could not be made because of us.
    pub async fn body(&self, wanted: Wanted<'_>) -> anyhow::Result<Bytes> {
        let document = wanted.document.unwrap_or(USUAL);
        let key = Key {
            event: wanted.event.id,
            document: Sha256::digest(document).into(),
            tenant: wanted.viewer.tenant_id,
            role: wanted.viewer.role,
            scope: wanted.viewer.scope.clone(),
        };
        let kept = self.kept(&key);
        let make = async || {
            let body = Box::pin(self.make(wanted, document)).await?;
            self.known().insert(key, kept.clone(), BESIDE + body.len());
            anyhow::Ok(body)
        };
        kept.body.get_or_try_init(make).await.cloned()
    }

    fn known(&self) -> MutexGuard<'_, Known<Key, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The payload of those who are told the same, made or being made.
    fn kept(&self, key: &Key) -> Kept {
        let known = self.known();
        if let Some(kept) = known.get(key).filter(|kept| kept.since.elapsed() < SHARED_FOR) {
            return kept;
        }
        let new = Kept { since: Instant::now(), body: Arc::default() };
        known.insert(key.clone(), new.clone(), BESIDE);
        new
    }

    async fn make(&self, wanted: Wanted<'_>, document: &str) -> anyhow::Result<Bytes> {
        let _turn = self.turns.acquire().await?;
        let Readable { operation, variables, facts } = match read(document) {
            Ok(read) => read,
            // It was right once: the schema has changed since.
            Err(wrong) => return envelope(wanted, &Value::Null, &[ServerError::new(wrong, None)]),
        };
        let request = operation
            .request(variables)
            .data(facts)
            .data(operation.clone())
            .data(wanted.viewer.clone())
            .data(OneEvent(wanted.event.clone()));
        let answer = self.schema.execute_stream(request).next().await;
        let answer = answer.context("an event was told to nobody")?;
        self.app.metrics.payload_made();
        let (data, errors) = told(answer)?;
        envelope(wanted, &data, &errors)
    }
}

/// What is told of an answer: half a one is none. An error means that it failed because of us.
fn told(answer: Response) -> anyhow::Result<(Value, Vec<ServerError>)> {
    if let Some(ours) = answer.errors.iter().find(|error| is_ours(error)) {
        anyhow::bail!("a field of a payload failed: {}", ours.message);
    }
    let too_much = |error: &ServerError| code(error) == Some(Code::LimitExceeded.as_str());
    match answer.errors.iter().position(too_much) {
        Some(at) => Ok((Value::Null, vec![answer.errors[at].clone()])),
        None => Ok((answer.data, answer.errors)),
    }
}

fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

/// Whether a field failed because of us, so that it may do better the next time.
fn is_ours(error: &ServerError) -> bool {
    let ours = [Code::InternalServerError, Code::Unavailable, Code::RequestTimeout];
    code(error).is_none_or(|code| ours.iter().any(|ours| ours.as_str() == code))
}

/// What every payload begins with.
#[derive(Serialize)]
struct Head<'a> {
    id: String,
    r#type: &'a str,
    timestamp: Value,
    cursor: Option<String>,
}

/// The whole payload.
fn envelope(wanted: Wanted<'_>, data: &Value, errors: &[ServerError]) -> anyhow::Result<Bytes> {
    let Wanted { event, epoch, .. } = wanted;
    let cursor = event.position.map(|position| Cursor { epoch, position }.to_string());
    let head = Head {
        id: Id(event.id).to_string(),
        r#type: event.kind.as_str(),
        timestamp: async_graphql::ScalarType::to_value(&Time(event.occurred_at)),
        cursor,
    };
    write(&head, data, errors)
}

/// What a payload begins with, and then what is told.
fn write(head: &impl Serialize, data: &Value, errors: &[ServerError]) -> anyhow::Result<Bytes> {
    let mut text = serde_json::to_vec(head)?;
    text.pop();
    text.extend_from_slice(b",\"data\":");
    write_value(&mut text, data);
    if !errors.is_empty() {
        text.extend_from_slice(b",\"errors\":");
        serde_json::to_writer(&mut text, errors)?;
    }
    text.push(b'}');
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_unless_somebody_says_otherwise_can_be_told() {
        assert_eq!(check(USUAL), Ok(()));
    }

    #[test]
    fn a_document_is_one_subscription_to_events_and_nothing_else() {
        for right in [
            "subscription { events { id } }",
            "subscription Named { it: events { id order { number lines { id } } } }",
            "subscription { ...All } fragment All on Subscription { events { ...What } } fragment What on Event { id }",
            "subscription { events { order { history(first: 3) { nodes { id } } } } }",
        ] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for wrong in [
            "",
            "{",
            "{ viewer { role } }",
            "mutation { sendWebhookTest(input: { id: \"webhookendpoint_1\" }) { userErrors { code } } }",
            "subscription { orderQueue(first: 3) { orders { nodes { id } } } }",
            "subscription { events { id } orderUpdated(id: \"order_1\") { id } }",
            "subscription { events { id } again: events { id } }",
            "subscription { events(filter: { kindIn: [INVOICE_PAID] }) { id } }",
            "subscription { events(after: null) { id } }",
            "subscription ($a: Boolean = true) { events { id @include(if: $a) } }",
            "subscription { events { id } } { viewer { role } }",
            "subscription { events { id } } # \0",
            "subscription { events { nothingLikeIt } }",
            "subscription { events { order { availableActions } } }",
            "subscription { events { order { customer { orders(first: 100) { nodes { lines { id } history(first: 100) \
             { nodes { id } } } } } } } }",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
        let long = format!("subscription {{ events {{ id }} }} #{}", "a".repeat(8 * 1024));
        assert!(check(&long).is_err());
    }
}
