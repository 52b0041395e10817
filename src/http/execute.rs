//! One operation: from its parameters to its answer, whatever carries them.

use std::{any::Any, net::IpAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{Data, Executor, Request, Response, ServerError, Value, Variables};
use futures_util::{FutureExt, Stream, StreamExt};
use tokio::time::{Instant, timeout};
use tracing::error;

use super::{
    errors,
    gateway::{Gateway, caller},
    parameters::Parameters,
    rate_limit::network_of,
};
use crate::{
    events::progress::Progress,
    graphql::{
        documents::{Documents, KnownDocument},
        request::{OperationKind, RequestFacts, RequestId},
    },
    viewer::Viewer,
};

/// What is asked, within the limits. It can be asked again, for other events and other watchers.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
    pub(super) document: Arc<KnownDocument>,
}

/// A question, and what its resolvers are to know.
pub(super) struct Operation {
    pub(super) question: Arc<Question>,
    data: Data,
}

impl Question {
    pub(super) fn read(
        parameters: Parameters,
        documents: &Documents,
    ) -> Result<Arc<Self>, ServerError> {
        let Parameters { query, operation_name, variables } = parameters;
        let document = documents.check(&query, operation_name.as_deref())?;
        for required in &document.checked.required_variables {
            // The executor would notice only in the field that uses it, after others may have run.
            if matches!(variables.get(&required.name), None | Some(Value::Null)) {
                let message = format!(
                    "The variable \"${}\" of type \"{}\" is missing.",
                    required.name, required.type_name
                );
                return Err(errors::coded(errors::BAD_USER_INPUT, message));
            }
        }
        Ok(Arc::new(Self { query, operation_name, variables, document }))
    }

    pub(super) fn facts(&self) -> &RequestFacts {
        &self.document.checked.facts
    }
}

impl Operation {
    pub(super) fn new(question: Arc<Question>) -> Self {
        let (facts, key) = (question.facts().clone(), question.document.key);
        Self { question, data: Data::default() }.with(facts).with(key)
    }

    /// Gives resolvers something to know.
    pub(super) fn with<D: Any + Send + Sync>(mut self, data: D) -> Self {
        self.data.insert(data);
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

    fn into_request(self) -> Request {
        let Self { question, data } = self;
        let (operation_name, variables, document) = match Arc::try_unwrap(question) {
            Ok(question) => (question.operation_name, question.variables, question.document),
            Err(shared) => {
                (shared.operation_name.clone(), shared.variables.clone(), shared.document.clone())
            }
        };
        let document = document.checked.document.clone();
        // The text is not needed again: it has been parsed.
        let mut request = Request::new(String::new()).variables(variables);
        request.operation_name = operation_name;
        request.set_parsed_query(document);
        request.data = data;
        request
    }
}

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

fn too_fast(wait: Duration) -> ServerError {
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
