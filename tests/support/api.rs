//! The schema as a caller uses it, with no transport in between.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_graphql::{Request, Response};
use domain::viewer::Viewer;
use futures_util::StreamExt;
use ordergate::{
    document::{DocumentLimits, Documents},
    graphql::{self, Schema, read::output::write_value},
};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::app::TestApp;

/// How long a feed that has something to tell may take to tell it.
const QUIET: Duration = Duration::from_millis(250);

/// The documents of all tests, each read once. The transport's limits are not what is tested with them.
static DOCUMENTS: LazyLock<Documents> = LazyLock::new(|| {
    let limits = DocumentLimits {
        bytes: usize::MAX,
        tokens: usize::MAX,
        nodes: usize::MAX,
        aliases: usize::MAX,
        cost: u32::MAX,
        ..DocumentLimits::default()
    };
    Documents::new(graphql::document_schema(), limits)
});

pub(crate) struct Api {
    schema: Schema,
}

impl Api {
    pub(crate) fn of(app: &TestApp) -> Self {
        Self { schema: graphql::build(app.app.clone()) }
    }

    /// The whole answer to a query or mutation.
    pub(crate) async fn ask(
        &self,
        viewer: Option<&Viewer>,
        document: &str,
        variables: Value,
    ) -> Value {
        let response = match request(viewer, document, variables) {
            // It is large, and part of each future that asks.
            Ok(request) => Box::pin(self.schema.execute(request)).await,
            Err(refused) => *refused,
        };
        as_json(response)
    }

    /// What a feed tells first; null if it stays quiet.
    pub(crate) async fn first(
        &self,
        viewer: Option<&Viewer>,
        document: &str,
        variables: Value,
    ) -> Value {
        let request = match request(viewer, document, variables) {
            Ok(request) => request,
            Err(refused) => return as_json(*refused),
        };
        let mut feed = Box::pin(self.schema.execute_stream(request));
        match timeout(QUIET, feed.next()).await {
            Ok(Some(response)) => as_json(response),
            Ok(None) => json!("the feed ended"),
            Err(_) => Value::Null,
        }
    }

    /// The data of an answer without errors.
    pub(crate) async fn read(&self, viewer: &Viewer, document: &str, variables: Value) -> Value {
        let mut answer = self.ask(Some(viewer), document, variables).await;
        assert_eq!(answer.get("errors"), None, "{document}");
        answer["data"].take()
    }

    /// The payload of a mutation: what was selected, and `userErrors`.
    pub(crate) async fn run(
        &self,
        viewer: &Viewer,
        mutation: &str,
        input: Value,
        selection: &str,
    ) -> Value {
        let (first, rest) = mutation.split_at(1);
        let input_type = format!("{}{rest}Input", first.to_uppercase());
        let document = format!(
            "mutation Run($input: {input_type}!) {{ {mutation}(input: $input) {{ {selection} \
             userErrors {{ code message field currentStatus currentVersion }} }} }}"
        );
        self.read(viewer, &document, json!({ "input": input })).await[mutation].take()
    }

    /// The same for a mutation that must succeed.
    pub(crate) async fn done(
        &self,
        viewer: &Viewer,
        mutation: &str,
        input: Value,
        selection: &str,
    ) -> Value {
        let payload = self.run(viewer, mutation, input, selection).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}");
        payload
    }

    /// The one user error of a mutation that must be refused.
    pub(crate) async fn refused(&self, viewer: &Viewer, mutation: &str, input: Value) -> Value {
        let mut payload = self.run(viewer, mutation, input, "").await;
        let errors = payload["userErrors"].as_array_mut().unwrap();
        assert_eq!(errors.len(), 1, "{mutation}: {errors:?}");
        errors.remove(0)
    }
}

/// An answer as callers get it.
fn as_json(mut response: Response) -> Value {
    let data = data(&std::mem::take(&mut response.data));
    let mut answer = serde_json::to_value(response).unwrap();
    answer["data"] = data;
    answer
}

/// The data of an answer as callers get it.
pub(crate) fn data(value: &async_graphql::Value) -> Value {
    let mut text = Vec::new();
    write_value(&mut text, value);
    serde_json::from_slice(&text).unwrap()
}

/// The request that the front end makes of a document, or its refusal.
pub(crate) fn request(
    viewer: Option<&Viewer>,
    document: &str,
    variables: Value,
) -> Result<Request, Box<Response>> {
    let variables: Map<String, Value> = serde_json::from_value(variables).unwrap_or_default();
    let read = DOCUMENTS.read(document, None, variables);
    let read = read.map_err(|errors| {
        Box::new(Response::from_errors(errors.into_iter().map(Into::into).collect()))
    })?;
    let request = read.operation.request(read.variables).data(read.facts).data(read.operation);
    Ok(match viewer {
        Some(viewer) => request.data(Arc::new(viewer.clone())),
        None => request,
    })
}
