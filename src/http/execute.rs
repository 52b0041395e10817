//! One operation: whether it may be executed, and its answer, whatever carries them.

use std::{any::Any, net::IpAddr, panic::AssertUnwindSafe, time::Duration};

use async_graphql::{Executor, Response, ServerError};
use domain::viewer::Viewer;
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, timeout};
use tracing::error;

use super::{
    caller::caller, errors, gateway::Gateway, question::Operation, rate_limit::network_of,
};
use crate::{
    document::{OperationKind, RequestFacts},
    events::progress::Progress,
};

/// Whether a caller may have one more operation now. Each field at the root of it counts, under whatever alias.
pub(super) fn admit<E>(
    gateway: &Gateway<E>,
    viewer: &Viewer,
    facts: &RequestFacts,
) -> Result<(), ServerError> {
    let limit = match facts.kind {
        OperationKind::Query | OperationKind::Subscription => &gateway.queries,
        OperationKind::Mutation => &gateway.mutations,
    };
    let fields = u32::try_from(facts.root_fields.len()).unwrap_or(u32::MAX);
    let taken = limit.take(caller(viewer), fields.max(1), Instant::now());
    taken.map_err(|wait| {
        count_refusal(gateway, viewer);
        too_fast(wait)
    })
}

/// Whether somebody without a credential may ask something now. To be asked before anything else is looked at.
pub(super) fn admit_stranger<E>(gateway: &Gateway<E>, address: IpAddr) -> Result<(), ServerError> {
    gateway.strangers.take(network_of(address), 1, Instant::now()).map_err(too_fast)
}

/// Whether a caller may ask something, whatever it is: not if it was refused too often lately. To be asked before its
/// document is looked at.
pub(super) fn may_ask<E>(gateway: &Gateway<E>, viewer: &Viewer) -> Result<(), ServerError> {
    gateway.refusals.check(caller(viewer), Instant::now()).map_err(too_fast)
}

/// Remembers that a caller asked what could not be served.
pub(super) fn count_refusal<E>(gateway: &Gateway<E>, viewer: &Viewer) {
    gateway.refusals.charge(caller(viewer), Instant::now());
}

pub(super) fn too_fast(wait: Duration) -> ServerError {
    errors::come_back(errors::RATE_LIMITED, "Too many requests in a short time.", wait)
}

/// Executes a query or a mutation. The answer is finished: its errors have codes.
pub(super) async fn once<E: Executor>(
    gateway: &Gateway<E>,
    operation: Operation,
    request_id: &str,
) -> Response {
    let answer =
        AssertUnwindSafe(gateway.executor.execute(operation.into_request())).catch_unwind();
    let mut response = match timeout(gateway.config.request_timeout, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => panicked(&*panic, request_id),
        Err(_) => errors::only(errors::coded(errors::TIMEOUT, "The request took too long.")),
    };
    errors::finish(&mut response, request_id);
    response
}

/// Opens a feed. Its answers are finished: their errors have codes.
pub(super) fn feed<E: Executor>(
    gateway: &Gateway<E>,
    operation: Operation,
    progress: &Progress,
    request_id: String,
) -> impl Stream<Item = Response> + Send + use<E> {
    let request = operation.with(progress.clone()).into_request();
    let answers = AssertUnwindSafe(gateway.executor.execute_stream(request, None)).catch_unwind();
    answers.map(move |answer| {
        let mut response = answer.unwrap_or_else(|panic| panicked(&*panic, &request_id));
        errors::finish(&mut response, &request_id);
        response
    })
}

fn panicked(panic: &(dyn Any + Send), request_id: &str) -> Response {
    error!(request.id = request_id, "a resolver panicked: {}", errors::panic_message(panic));
    errors::only(errors::internal(request_id))
}
