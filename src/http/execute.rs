//! One operation: from its parameters to its answer, whatever carries them.

use std::{any::Any, net::IpAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{Executor, Request, Response, ServerError, Value};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, timeout};
use tracing::error;

use super::{
    errors,
    gateway::{Gateway, caller},
    parameters::Parameters,
};
use crate::{
    events::progress::Progress,
    graphql::{
        guard::{self, DocumentLimits},
        request::{OperationKind, RequestFacts, RequestId},
    },
    viewer::Viewer,
};

/// An operation within the limits, ready to be executed.
pub(super) struct Operation {
    pub(super) facts: RequestFacts,
    request: Request,
}

impl Operation {
    pub(super) fn prepare(
        parameters: Parameters,
        limits: &DocumentLimits,
    ) -> Result<Self, ServerError> {
        let operation_name = parameters.operation_name.as_deref();
        let checked = guard::check(&parameters.query, limits, operation_name)?;
        for required in checked.required_variables {
            // The executor would notice only in the field that uses it, after others may have run.
            if matches!(parameters.variables.get(&required.name), None | Some(Value::Null)) {
                let message = format!(
                    "The variable \"${}\" of type \"{}\" is missing.",
                    required.name, required.type_name
                );
                return Err(errors::coded(errors::BAD_USER_INPUT, message));
            }
        }
        let mut request = Request::new(parameters.query).variables(parameters.variables);
        request.operation_name = parameters.operation_name;
        request.set_parsed_query(checked.document);
        Ok(Self { request: request.data(checked.facts.clone()), facts: checked.facts })
    }

    /// Gives resolvers something to know.
    pub(super) fn with<D: Any + Send + Sync>(mut self, data: D) -> Self {
        self.request = self.request.data(data);
        self
    }

    /// Says who asks; none: nobody that is known.
    pub(super) fn by(self, viewer: Option<&Arc<Viewer>>, request_id: &str) -> Self {
        let operation = self.with(RequestId(request_id.to_owned()));
        match viewer {
            Some(viewer) => operation.with(viewer.clone()),
            None => operation,
        }
    }
}

/// Whether a caller may have one more operation of this kind now.
pub(super) fn admit<E>(
    gateway: &Gateway<E>,
    viewer: &Viewer,
    kind: OperationKind,
) -> Result<(), ServerError> {
    let limit = match kind {
        OperationKind::Query | OperationKind::Subscription => &gateway.queries,
        OperationKind::Mutation => &gateway.mutations,
    };
    limit.take(caller(viewer), Instant::now()).map_err(too_fast)
}

/// Whether somebody without a credential may have one more operation now.
pub(super) fn admit_stranger<E>(gateway: &Gateway<E>, address: IpAddr) -> Result<(), ServerError> {
    gateway.strangers.take(address, Instant::now()).map_err(too_fast)
}

fn too_fast(wait: Duration) -> ServerError {
    errors::come_back(errors::RATE_LIMITED, "Too many requests in a short time.", wait)
}

/// Executes a query or a mutation. The answer is finished: its errors have codes.
pub(super) async fn once<E: Executor>(
    gateway: &Gateway<E>,
    operation: Operation,
    request_id: &str,
) -> Response {
    let Ok(_permit) = gateway.in_flight.try_acquire() else {
        return errors::only(errors::come_back(
            errors::RESOURCE_EXHAUSTED,
            "The server is busy.",
            Duration::from_secs(1),
        ));
    };
    let answer = AssertUnwindSafe(gateway.executor.execute(operation.request)).catch_unwind();
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
    let request = operation.with(progress.clone()).request;
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
