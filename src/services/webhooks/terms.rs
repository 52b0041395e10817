//! What an endpoint must be like.

use entity::{EventKind, WebhookPurpose, webhook_endpoint::Kinds};

use crate::error::Refusal;

/// What was found out about an input field before the use case began; what is wrong is said for a person.
pub(super) fn found<T>(field: &str, found: Result<T, String>) -> Result<T, Refusal> {
    found.map_err(|wrong| Refusal::invalid(field, wrong))
}

/// A document that says what is told, and what is wrong with it for each purpose, for a person.
#[derive(Clone, Debug)]
pub struct Document {
    pub text: String,
    pub for_events: Result<(), String>,
    pub for_lines: Result<(), String>,
}

impl Document {
    /// The text, if it suits the purpose.
    pub(super) fn suiting(self, purpose: WebhookPurpose, field: &str) -> Result<String, Refusal> {
        let checked = match purpose {
            WebhookPurpose::Events => self.for_events,
            WebhookPurpose::Provisioning => self.for_lines,
        };
        found(field, checked).map(|()| self.text)
    }
}

/// At least one kind, each once, in the order in which they are declared; none where no events are posted.
pub(super) fn kinds(
    purpose: WebhookPurpose,
    field: &str,
    mut kinds: Vec<EventKind>,
) -> Result<Kinds, Refusal> {
    match purpose {
        WebhookPurpose::Events if kinds.is_empty() => {
            return Err(Refusal::invalid(field, "Name at least one kind of events."));
        }
        WebhookPurpose::Provisioning if !kinds.is_empty() => {
            let message = "No events are posted to an endpoint that carries lines out.";
            return Err(Refusal::invalid(field, message));
        }
        WebhookPurpose::Events | WebhookPurpose::Provisioning => {}
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(Kinds(kinds))
}
