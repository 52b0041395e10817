//! Approval links: pages that show an order and ask for an answer, without scripts and without anything from elsewhere.
//! To look at one decides nothing, whoever looks; only its form, sent from the page itself, does. The token is a part of
//! the address, and nowhere else: not in the page, not in the log.

mod page;

use std::sync::Arc;

use async_graphql::{Executor, ServerError};
use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State, rejection::PathRejection},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, RETRY_AFTER},
        request::Parts,
    },
    response::Response,
    routing::{MethodRouter, get},
};
use domain::viewer::Viewer;
use entity::{ApprovalLinkAction, ApprovalLinkStatus, OrderStatus};
use secrecy::SecretString;
use tokio::time::timeout;
use tracing::{error, warn};
use url::{Url, form_urlencoded};

use self::page::{Ask, Told};
use super::{
    admission::Permit, caller::caller, connections::Connection, errors, execute, gateway::Gateway,
};
use crate::{
    document::{OperationKind, RequestFacts},
    error::{Error, Refusal, RefusalCode},
    events::log::Trace,
    graphql::request::{RequestId, TraceId},
    services::orders::{
        find::find_order,
        links::{
            answer::{Answer, answer},
            follow::{Followed, follow},
            show::show,
        },
    },
    store,
};

/// What a page costs in points, like an order that is read through the schema.
const COST: u32 = 50;
const MOST_BYTES: usize = 16 * 1024;

type Link = Result<Path<String>, PathRejection>;

/// The pages of the links that answer this.
pub(super) fn pages<E: Executor>(action: ApprovalLinkAction) -> MethodRouter<Arc<Gateway<E>>> {
    let look = async move |State(gateway): State<Arc<Gateway<E>>>, link: Link, request: Request| {
        let (parts, _) = request.into_parts();
        answered(looked_at(&gateway, action, link, &parts).await)
    };
    let decide =
        async move |State(gateway): State<Arc<Gateway<E>>>, link: Link, request: Request| {
            let (parts, body) = request.into_parts();
            answered(decided(&gateway, action, link, &parts, body).await)
        };
    get(look).post(decide)
}

async fn looked_at<E>(
    gateway: &Gateway<E>,
    action: ApprovalLinkAction,
    link: Link,
    parts: &Parts,
) -> Result<Told, Told> {
    admit(gateway, parts)?;
    let followed = followed(gateway, action, link, parts).await?;
    let _permit = permit(gateway, &followed.viewer, OperationKind::Query).await?;
    let shown = show(&gateway.app, &followed).await.map_err(|error| told(error, parts))?;
    Ok(Told::asks(StatusCode::OK, &Ask::of(&shown)))
}

async fn decided<E>(
    gateway: &Gateway<E>,
    action: ApprovalLinkAction,
    link: Link,
    parts: &Parts,
    body: Body,
) -> Result<Told, Told> {
    admit(gateway, parts)?;
    if !is_from_the_page(&parts.headers, &gateway.app.public_url) {
        return Err(Told::SENT_FROM_ELSEWHERE);
    }
    let typed = form(gateway, &parts.headers, body).await?;
    let followed = followed(gateway, action, link, parts).await?;
    let _permit = permit(gateway, &followed.viewer, OperationKind::Mutation).await?;
    let given = match action {
        ApprovalLinkAction::Approve => Answer::Approve { external_reference: Some(typed.clone()) },
        ApprovalLinkAction::Reject => Answer::Reject { reason: typed.clone() },
    };
    let trace = Trace {
        request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
        trace_id: parts.extensions.get::<TraceId>().map(|id| id.0.clone()),
    };
    match answer(&gateway.app, followed.clone(), trace, given).await {
        Ok(id) => {
            let order = find_order(&gateway.app, &followed.viewer, id).await;
            let order = order.map_err(|error| told(error.into(), parts))?;
            let order = order.ok_or(Told::BROKEN)?;
            let waits = order.status == OrderStatus::PendingApproval;
            Ok(match action {
                ApprovalLinkAction::Reject => Told::rejected(&order.number),
                ApprovalLinkAction::Approve if waits => Told::approved_in_part(&order.number),
                ApprovalLinkAction::Approve => Told::approved(&order.number),
            })
        }
        Err(Error::Refused(refusals)) if is_about_what_was_typed(&refusals) => {
            let shown = show(&gateway.app, &followed).await.map_err(|error| told(error, parts))?;
            let wrong = refusals.first().map(|refusal| refusal.message.as_str());
            let ask = Ask::of(&shown).again(wrong, &typed);
            Err(Told::asks(StatusCode::UNPROCESSABLE_ENTITY, &ask))
        }
        Err(error) => Err(told(error, parts)),
    }
}

/// Counts whoever asks as somebody without a credential.
fn admit<E>(gateway: &Gateway<E>, parts: &Parts) -> Result<(), Told> {
    let connection = Connection::of(&parts.extensions);
    execute::admit_stranger(gateway, connection.address).map_err(|error| come_back(&error))
}

async fn followed<E>(
    gateway: &Gateway<E>,
    action: ApprovalLinkAction,
    link: Link,
    parts: &Parts,
) -> Result<Followed, Told> {
    let Ok(Path(token)) = link else { return Err(Told::UNKNOWN) };
    let followed = follow(&gateway.app, &SecretString::from(token), action).await;
    followed.map_err(|error| told(error, parts))?.ok_or(Told::UNKNOWN)
}

async fn permit<E>(
    gateway: &Gateway<E>,
    viewer: &Viewer,
    kind: OperationKind,
) -> Result<Permit, Told> {
    let facts = RequestFacts { kind, root_fields: Arc::new([]), operation_name: None, cost: COST };
    let permit = gateway.permits.for_request(caller(viewer), &facts).await;
    permit.map_err(|error| come_back(&error))
}

/// Whether a form was sent from the page itself, as far as the browser says. Whoever sends it knows the token in any case.
pub(super) fn is_from_the_page(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        // None: a person has reloaded the page.
        return matches!(site, "same-origin" | "none");
    }
    // A page without a referrer says "null".
    let Some(origin) = text(ORIGIN).filter(|origin| *origin != "null") else { return true };
    let Ok(origin) = Url::parse(origin) else { return false };
    let is_public = Url::parse(public_url).is_ok_and(|public| public.origin() == origin.origin());
    let authority = origin.authority();
    is_public || text(HOST).is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

/// What somebody has typed into the form. Whoever sends something else than the form has not looked at the page.
async fn form<E>(gateway: &Gateway<E>, headers: &HeaderMap, body: Body) -> Result<String, Told> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Told::NO_FORM);
    }
    let body = timeout(gateway.config.body_timeout, to_bytes(body, MOST_BYTES)).await;
    let Ok(Ok(body)) = body else { return Err(Told::NO_FORM) };
    let mut fields = form_urlencoded::parse(&body);
    let typed = fields.find(|(name, _)| name == page::FIELD);
    let (_, text) = typed.ok_or(Told::NO_FORM)?;
    // Browsers end the lines of a form in their own way.
    Ok(text.replace("\r\n", "\n"))
}

fn is_about_what_was_typed(refusals: &[Refusal]) -> bool {
    refusals.iter().all(|refusal| refusal.code == RefusalCode::ValidationFailed)
}

/// What somebody is told whose link does not do what it is for.
fn told(error: Error, parts: &Parts) -> Told {
    let cause = match error {
        Error::Refused(refusals) => return refused(&refusals),
        Error::Failed(cause) => cause,
    };
    let request_id = parts.extensions.get::<RequestId>().map_or("", |id| &id.0);
    if store::is_unavailable(&cause) {
        warn!(request.id = request_id, "cannot serve an approval link: {cause:#}");
        return Told::UNAVAILABLE;
    }
    error!(request.id = request_id, "cannot serve an approval link: {cause:#}");
    Told::BROKEN
}

fn refused(refusals: &[Refusal]) -> Told {
    let Some(refusal) = refusals.first() else { return Told::BROKEN };
    let status = refusal.current.and_then(|current| current.status?.parse().ok());
    match (refusal.code, status) {
        (RefusalCode::ApprovalLinkNotActive, Some(ApprovalLinkStatus::Revoked)) => Told::REVOKED,
        (RefusalCode::ApprovalLinkNotActive, Some(ApprovalLinkStatus::Expired)) => Told::EXPIRED,
        (RefusalCode::ApprovalLinkNotActive, _) => Told::USED,
        (RefusalCode::VersionConflict, _) => Told::CHANGED,
        (RefusalCode::OrderNotPendingApproval | RefusalCode::AlreadyDecided, _) => Told::DECIDED,
        (RefusalCode::AlreadyApproved, _) => Told::APPROVED_BEFORE,
        _ => Told::NO_LONGER_ALLOWED,
    }
}

fn come_back(error: &ServerError) -> Told {
    let busy = errors::code(error) == Some(errors::RESOURCE_EXHAUSTED);
    if busy { Told::BUSY } else { Told::TOO_FAST }
}

fn answered(told: Result<Told, Told>) -> Response {
    let (Ok(told) | Err(told)) = told;
    let mut response = Response::new(Body::from(told.page()));
    *response.status_mut() = told.status;
    let headers = response.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, fixed("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), fixed("noindex, nofollow"));
    if let Ok(policy) = HeaderValue::from_str(&page::POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if matches!(told.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(RETRY_AFTER, fixed("1"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_from_the_page_itself() {
        const PUBLIC: &str = "https://orders.example";
        for (headers, taken) in [
            (vec![], true),
            (vec![("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (vec![("sec-fetch-site", "none")], true),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "null")], false),
            (vec![("origin", "null")], true),
            (vec![("origin", "https://orders.example"), ("host", "inside:8080")], true),
            (vec![("origin", "http://inside:8080"), ("host", "inside:8080")], true),
            (vec![("origin", "http://inside:8081"), ("host", "inside:8080")], false),
            (vec![("origin", "https://evil.example"), ("host", "inside:8080")], false),
            (vec![("origin", "nonsense"), ("host", "inside:8080")], false),
        ] {
            let map = headers.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            assert_eq!(is_from_the_page(&map.collect(), PUBLIC), taken, "{headers:?}");
        }
    }
}
