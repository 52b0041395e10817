//! What an endpoint must be like.

use entity::{EventKind, webhook_endpoint::Kinds};

use crate::error::Refusal;

/// What was found out about an input field before the use case began; what is wrong is said for a person.
pub(super) fn found<T>(field: &str, found: Result<T, String>) -> Result<T, Refusal> {
    found.map_err(|wrong| Refusal::invalid(field, wrong))
}

/// At least one kind, each once, in the order in which they are declared.
pub(super) fn kinds(field: &str, mut kinds: Vec<EventKind>) -> Result<Kinds, Refusal> {
    if kinds.is_empty() {
        return Err(Refusal::invalid(field, "Name at least one kind of events."));
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(Kinds(kinds))
}
