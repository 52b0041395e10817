//! Questions: GraphQL requests that were read once, and are executed as often as they have to be.

use std::{any::Any, sync::Arc};

use async_graphql::{Data, Request, ServerError, Variables};
use domain::viewer::Viewer;

use super::parameters::Parameters;
use crate::{
    document::{Canonical, Documents, Readable, RequestFacts},
    graphql::request::RequestId,
};

/// A GraphQL request that is valid and within the limits. It can be executed again, for other events and other
/// watchers.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) operation: Arc<Canonical>,
    pub(super) variables: Variables,
    facts: RequestFacts,
}

/// A question, and the data for its resolvers.
pub(super) struct Operation {
    pub(super) question: Arc<Question>,
    data: Data,
}

impl Question {
    /// Reads a request, or gives its errors.
    pub(super) fn read(
        parameters: Parameters,
        documents: &Documents,
    ) -> Result<Arc<Self>, Vec<ServerError>> {
        let Parameters { query, operation_name, variables, .. } = parameters;
        let read = documents.read(&query, operation_name.as_deref(), variables);
        let Readable { operation, variables, facts } =
            read.map_err(|errors| errors.into_iter().map(Into::into).collect::<Vec<_>>())?;
        Ok(Arc::new(Self { operation, variables, facts }))
    }

    pub(super) fn facts(&self) -> &RequestFacts {
        &self.facts
    }
}

impl Operation {
    pub(super) fn new(question: Arc<Question>) -> Self {
        let facts = question.facts().clone();
        Self { question, data: Data::default() }.with(facts)
    }

    /// Adds data for resolvers.
    pub(super) fn with<D: Any + Send + Sync>(mut self, data: D) -> Self {
        self.data.insert(data);
        self
    }

    /// Adds the viewer; none: a caller without a credential.
    pub(super) fn by(self, viewer: Option<&Arc<Viewer>>, request_id: &str) -> Self {
        let operation = self.with(RequestId(request_id.to_owned()));
        match viewer {
            Some(viewer) => operation.with(viewer.clone()),
            None => operation,
        }
    }

    /// The request as the schema executes it.
    pub(super) fn into_request(self) -> Request {
        let Self { question, data } = self;
        let mut request = question.operation.request(question.variables.clone());
        request.data = data;
        request.data.insert(question.operation.clone());
        request
    }
}
