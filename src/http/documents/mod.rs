//! Documents as people print them: invoices and credit notes as pages of HTML, without scripts and without anything from
//! elsewhere.

mod page;

pub(super) use page::grouped;

use std::sync::Arc;

use anyhow::Context;
use async_graphql::Executor;
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
        request::Parts,
    },
    response::Response,
};
use entity::InvoiceId;
use tracing::error;

use self::page::Page;
use super::{
    caller::caller,
    connections::Connection,
    credential::{Presented, authenticate},
    errors, execute,
    gateway::Gateway,
    negotiate::Accepted,
    respond::{Refusal, not_found, refused},
};
use crate::{
    document::{OperationKind, RequestFacts},
    graphql::{id::Id, request::RequestId},
    services::invoices::printed::printed,
};

/// What a document costs in points, like one with some hundred lines that is read through the schema.
const COST: u32 = 200;

/// A document, for whoever may see it through the schema. To others it is not there.
pub(super) async fn get<E: Executor>(
    State(gateway): State<Arc<Gateway<E>>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let accepted = Accepted::from_headers(&parts.headers);
    match serve(&gateway, &id, &parts).await {
        Ok(Some(page)) => as_page(page),
        Ok(None) => not_found().await,
        Err(refusal) => refused(&refusal, &accepted),
    }
}

async fn serve<E: Executor>(
    gateway: &Arc<Gateway<E>>,
    id: &str,
    parts: &Parts,
) -> Result<Option<Page>, Refusal> {
    let request_id = parts.extensions.get::<RequestId>().map_or("", |id| &id.0);
    let connection = Connection::of(&parts.extensions);
    let Some(presented) = Presented::in_headers(&parts.headers) else {
        execute::admit_stranger(gateway, connection.address)?;
        return Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            errors::UNAUTHENTICATED,
            errors::CREDENTIAL_WANTED,
        ));
    };
    let session = authenticate(gateway, &presented, connection.address, request_id).await?;
    let viewer = session.viewer().clone();
    execute::may_ask(gateway, &viewer)?;
    let facts = RequestFacts {
        kind: OperationKind::Query,
        root_fields: Arc::new(["invoice".to_owned()]),
        operation_name: None,
        cost: COST,
    };
    execute::admit(gateway, &viewer, &facts)?;
    let Some(Id(id)) = Id::<InvoiceId>::read(id) else { return Ok(None) };
    let _permit = gateway.permits.for_request(caller(&viewer), &facts).await?;
    let read = printed(&gateway.app, &viewer, id).await;
    match read.map_err(|cause| anyhow::anyhow!("{cause:?}")).context("printing a document") {
        Ok(document) => Ok(document.map(|document| page::page(&document))),
        Err(cause) => {
            error!(?cause, request.id = request_id, "could not print a document");
            Err(Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                errors::INTERNAL,
                errors::INTERNAL_MESSAGE,
            ))
        }
    }
}

fn as_page(page: Page) -> Response {
    let mut response = Response::new(Body::from(page.html));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&page.policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
