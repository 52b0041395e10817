//! The key of a group: the same question, with the same rights.

use async_graphql::Value;
use domain::viewer::Viewer;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    graphql::types::{PERSONAL_INPUTS, personal_fields},
    http::question::Question,
};

/// Equal for watchers to whom every event looks the same, whatever their cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupKey([u8; 32]);

/// Whether an answer may depend on who exactly asks.
pub(super) fn is_personal(question: &Question) -> bool {
    let operation = &question.operation;
    operation.selects(personal_fields())
        || operation.gives(PERSONAL_INPUTS)
        || question.variables.values().any(is_personal_input)
}

/// Whether a value, or one within it, asks for what depends on who asks.
fn is_personal_input(value: &Value) -> bool {
    match value {
        Value::List(items) => items.iter().any(is_personal_input),
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            PERSONAL_INPUTS.contains(&name.as_str()) || is_personal_input(value)
        }),
        Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_) => false,
    }
}

impl GroupKey {
    pub(super) fn of(question: &Question, viewer: &Viewer) -> Self {
        let mut variables = question.variables.clone();
        // The start of the feed, which differs from watcher to watcher.
        if let Some(after) = question.operation.variable_of("after") {
            variables.remove(after);
        }
        let subject = is_personal(question).then_some(&viewer.subject);
        let parts = json!([
            viewer.tenant_id,
            viewer.role,
            format!("{:?}", viewer.scope),
            subject,
            question.operation.key.0,
            variables,
        ]);
        Self(Sha256::digest(parts.to_string()).into())
    }
}
