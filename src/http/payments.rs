//! `POST /payments/{tenant}/callback`: the seller's integration with its payment provider says what came of a payment, signed
//! as Standard Webhooks has it. Whoever has not the secret is told nothing.

use std::sync::Arc;

use async_graphql::{Executor, ServerError, resolver_utils::EnumType};
use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{Path, Request, State, rejection::PathRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use domain::viewer::Viewer;
use entity::{PaymentAgreementId, PaymentOutcome, TenantId};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, timeout};
use tracing::{error, warn};

use super::{
    caller::caller, connections::Connection, endpoint::is_json, errors, execute, gateway::Gateway,
    rate_limit::network_of, respond::plain_error,
};
use crate::{
    document::{OperationKind, RequestFacts},
    error::{Error, Refusal, RefusalCode},
    events::log::Trace,
    graphql::{
        id::Id,
        request::{RequestId, TraceId},
        types::user_error::UserErrorCode,
    },
    services::{
        orders::payments::complete::{
            CompletePaymentAgreement, Completed, complete_payment_agreement,
        },
        payment_agreements::callback::follow,
        perform::{Idempotency, perform},
        webhooks::signature::Signed,
    },
    store,
};

/// What a message costs in points, like a mutation of one order.
const COST: u32 = 50;
const MOST_BYTES: usize = 16 * 1024;
const MOST_ID_BYTES: usize = 255;
/// Far more than the signatures of a few secrets.
const MOST_SIGNATURE_BYTES: usize = 1_024;

/// What is said of a payment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Message {
    /// Left out: it is found by the provider's reference.
    payment_agreement_id: Option<String>,
    provider_reference: Option<String>,
    outcome: PaymentOutcome,
    reason: Option<String>,
}

/// Takes what is said, once: the same again is answered alike.
pub(super) async fn callback<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    tenant: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    match take(&gateway, tenant, &parts, body).await {
        Ok(completed) => {
            (StatusCode::OK, [(CACHE_CONTROL, "no-store")], Json(told(&completed))).into_response()
        }
        Err(refused) => refused,
    }
}

async fn take<E>(
    gateway: &Gateway<E>,
    tenant: Result<Path<String>, PathRejection>,
    parts: &Parts,
    body: Body,
) -> Result<Completed, Response> {
    let address = network_of(Connection::of(&parts.extensions).address);
    // Only wrong ones are counted: an integration may have much to say.
    let may_try = gateway.strangers.check(address, Instant::now());
    may_try.map_err(|wait| come_back(&execute::too_fast(wait)))?;
    let viewer = signed_by(gateway, tenant, parts, body).await;
    let (viewer, body) =
        viewer.inspect_err(|_| gateway.strangers.charge(address, Instant::now()))?;
    let facts = RequestFacts {
        kind: OperationKind::Mutation,
        root_fields: Arc::new(["completePaymentAgreement".to_owned()]),
        operation_name: None,
        cost: COST,
    };
    execute::admit(gateway, &viewer, &facts).map_err(|error| come_back(&error))?;
    let permit = gateway.permits.for_request(caller(&viewer), &facts).await;
    let _permit = permit.map_err(|error| come_back(&error))?;
    let idempotency = Idempotency {
        key: header(&parts.headers, "webhook-id").to_owned(),
        fingerprint: format!("{:x}", Sha256::digest(&body)),
    };
    let command = read(&parts.headers, &body).map_err(|refused| *refused)?;
    let trace = Trace {
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
        trace_id: parts.extensions.get::<TraceId>().map(|id| id.0.clone()),
    };
    let (app, once) = (&gateway.app, Some(idempotency));
    let done = perform(app, viewer, trace, once, command, complete_payment_agreement);
    Box::pin(done).await.map_err(|error| refused(error, parts))
}

/// The seller's integration, and what it says, if a message is signed with the seller's secret.
async fn signed_by<E>(
    gateway: &Gateway<E>,
    tenant: Result<Path<String>, PathRejection>,
    parts: &Parts,
    body: Body,
) -> Result<(Arc<Viewer>, Bytes), Response> {
    let body = timeout(gateway.config.body_timeout, to_bytes(body, MOST_BYTES)).await;
    let body = body.map_err(|_| {
        plain_error(StatusCode::REQUEST_TIMEOUT, errors::TIMEOUT, "The body took too long.")
    })?;
    let body = body.map_err(|_| {
        let message = format!("The body is longer than {MOST_BYTES} bytes, or broken off.");
        plain_error(StatusCode::PAYLOAD_TOO_LARGE, errors::LIMIT_EXCEEDED, &message)
    })?;
    let header = |name| header(&parts.headers, name);
    let (id, signatures) = (header("webhook-id"), header("webhook-signature"));
    let tenant = tenant.ok().and_then(|Path(text)| Id::<TenantId>::read(&text));
    let Some(Id(tenant)) = tenant else { return Err(not_signed()) };
    if id.is_empty() || id.len() > MOST_ID_BYTES || signatures.len() > MOST_SIGNATURE_BYTES {
        return Err(not_signed());
    }
    let signed = Signed { id, timestamp: header("webhook-timestamp"), signatures, body: &body };
    let viewer = follow(&gateway.app, tenant, signed).await;
    let viewer = viewer.map_err(|error| refused(error.into(), parts))?;
    Ok((viewer.ok_or_else(not_signed)?, body))
}

/// The one answer to whoever has not the secret, whatever is wrong.
fn not_signed() -> Response {
    let message = "The message is not signed with the secret of this address, or not now.";
    plain_error(StatusCode::UNAUTHORIZED, errors::UNAUTHENTICATED, message)
}

/// A header of which there is one; empty: there is none, or none that can be read.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let mut values = headers.get_all(name).iter();
    let only = values.next().filter(|_| values.next().is_none());
    only.and_then(|value| value.to_str().ok()).unwrap_or("")
}

/// What a signed message says.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<CompletePaymentAgreement, Box<Response>> {
    let wrong = |status, message: &str| Box::new(plain_error(status, errors::BAD_REQUEST, message));
    if !is_json(headers) {
        let message = "Send the message as application/json.";
        return Err(wrong(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let message: Message = serde_json::from_slice(body).map_err(|error| {
        let message = format!("The message cannot be read: {error}.");
        wrong(StatusCode::BAD_REQUEST, &message)
    })?;
    let id = match message.payment_agreement_id.as_deref().map(Id::<PaymentAgreementId>::read) {
        Some(Some(Id(id))) => Some(id),
        Some(None) => {
            let message = "paymentAgreementId is not the id of a payment agreement.";
            return Err(wrong(StatusCode::BAD_REQUEST, message));
        }
        None => None,
    };
    Ok(CompletePaymentAgreement {
        payment_agreement_id: id,
        expected_version: None,
        outcome: message.outcome,
        provider_reference: message.provider_reference,
        reason: message.reason,
    })
}

fn told(completed: &Completed) -> Value {
    json!({
        "paymentAgreement": {
            "id": Id(completed.payment_agreement_id).to_string(),
            "status": completed.status,
            "version": completed.version,
        },
        "order": completed.order_id.map(|id| json!({
            "id": Id(id).to_string(),
            "status": completed.order_status,
        })),
    })
}

/// Why nothing was done. `CONFLICT`: and nothing will be, however often it is said.
fn refused(error: Error, parts: &Parts) -> Response {
    let request_id = parts.extensions.get::<RequestId>().map_or("", |id| &id.0);
    match error {
        Error::Refused(refusals) => {
            let status = refusals.first().map_or(StatusCode::UNPROCESSABLE_ENTITY, status);
            let errors: Vec<_> = refusals.iter().map(told_of).collect();
            (status, [(CACHE_CONTROL, "no-store")], Json(json!({ "errors": errors })))
                .into_response()
        }
        Error::Failed(cause) if store::is_unavailable(&cause) => {
            warn!(request.id = request_id, "cannot take a message about a payment: {cause:#}");
            let message = "The service is out of order for a moment. Send the message again.";
            plain_error(StatusCode::SERVICE_UNAVAILABLE, errors::UNAVAILABLE, message)
        }
        Error::Failed(cause) => {
            error!(request.id = request_id, "cannot take a message about a payment: {cause:#}");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            plain_error(status, errors::INTERNAL, errors::INTERNAL_MESSAGE)
        }
    }
}

fn status(refusal: &Refusal) -> StatusCode {
    use RefusalCode::{
        IdempotencyKeyReused, PaymentAgreementNotFound, PaymentAgreementStatusConflict,
        ProviderReferenceUsed,
    };
    let conflicts = [PaymentAgreementStatusConflict, ProviderReferenceUsed, IdempotencyKeyReused];
    if conflicts.contains(&refusal.code) {
        StatusCode::CONFLICT
    } else if refusal.code == PaymentAgreementNotFound {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

fn told_of(refusal: &Refusal) -> Value {
    let code = UserErrorCode::from(refusal.code);
    // As the message calls it.
    let (field, text) = match refusal.field.as_slice() {
        [only] if only == "id" => (vec!["paymentAgreementId"], refusal.message.as_str()),
        [only] if only == "idempotencyKey" => {
            (vec!["webhook-id"], "This webhook-id was used for another message. Give each its own.")
        }
        field => (field.iter().map(String::as_str).collect(), refusal.message.as_str()),
    };
    let code = UserErrorCode::items().iter().find(|item| item.value == code).map(|item| item.name);
    json!({
        "message": text,
        "extensions": {
            "code": code,
            "field": field,
            "currentStatus": refusal.current.and_then(|current| current.status),
            "currentVersion": refusal.current.map(|current| current.version),
        },
    })
}

/// The answer to whoever has asked too much, or while too much is asked.
fn come_back(error: &ServerError) -> Response {
    let busy = errors::code(error) == Some(errors::RESOURCE_EXHAUSTED);
    let (status, code) = if busy {
        (StatusCode::SERVICE_UNAVAILABLE, errors::RESOURCE_EXHAUSTED)
    } else {
        (StatusCode::TOO_MANY_REQUESTS, errors::RATE_LIMITED)
    };
    let mut response = plain_error(status, code, &error.message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
