//! Which watchers see the same: those that ask the same with the same rights.

use async_graphql::{Name, parser::types::Selection};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{graphql::guard, http::execute::Question, viewer::Viewer};

/// Equal for watchers to whom every event looks the same, wherever in the log they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupKey([u8; 32]);

/// The fields that depend on who exactly asks, and not only on the caller's rights.
const PERSONAL_FIELDS: [&str; 1] = ["availableActions"];

/// Whether an answer may depend on who exactly asks. Whoever selects a field has its name in the document.
pub(super) fn is_personal(question: &Question) -> bool {
    PERSONAL_FIELDS.iter().any(|field| question.query.contains(field))
}

impl GroupKey {
    pub(super) fn of(question: &Question, viewer: &Viewer) -> Self {
        let mut variables = question.variables.clone();
        if let Some(after) = resume_variable(question) {
            variables.remove(&after);
        }
        let subject = is_personal(question).then_some(&viewer.subject);
        let parts = json!([
            viewer.tenant_id,
            viewer.role,
            format!("{:?}", viewer.scope),
            subject,
            question.query,
            question.operation_name,
            variables,
        ]);
        Self(Sha256::digest(parts.to_string()).into())
    }
}

/// The variable that says where the feed is to begin, which differs from watcher to watcher.
fn resume_variable(question: &Question) -> Option<Name> {
    let operations = &question.document.checked.document.operations;
    let operation = guard::select(operations, question.operation_name.as_deref()).ok()?;
    let [root] = operation.node.selection_set.node.items.as_slice() else { return None };
    let Selection::Field(root) = &root.node else { return None };
    let variable = root.node.get_argument("after")?.node.to_string();
    let name = variable.strip_prefix('$')?;
    // Defined and used, and nowhere else: then it says nothing but where to begin.
    (question.query.matches(&variable).count() == 2).then(|| Name::new(name))
}
