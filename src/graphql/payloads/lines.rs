//! What is told of an order line to the endpoint that is to carry it out: what a query of it would answer.

use std::sync::Arc;

use async_graphql::{ServerError, Value};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::viewer::Viewer;
use entity::OrderLineId;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Payloads, parse, told, write};
use crate::{
    document::{OperationKind, Readable},
    graphql::id::Id,
};

/// What is told unless somebody says otherwise: nothing that a later release would take away.
const USUAL: &str = "query ($id: ID!) { orderLine(id: $id) {
    id lineNumber clientLineId action status quantity previousQuantity when takesEffectOn startsOn autoRenew
    poNumber attemptCount provisioningReference
    product { id code vendor } offer { id code } previousOffer { id code }
    subscription { id number status } cancelsLine { id provisioningReference }
    order { id number reference poNumber customer { id customerNumber name country } partner { id partnerNumber } }
    holds { question answer }
} }";

/// The field that documents ask for, and the variable that says for which line.
const LINE: &str = "orderLine";
const ID: &str = "id";

/// Looks at a document with which somebody says what to tell of lines; or says what is wrong with it, for a person.
pub fn check(text: &str) -> Result<(), String> {
    read(text, OrderLineId(Uuid::nil())).map(drop)
}

fn read(text: &str, id: OrderLineId) -> Result<Readable, String> {
    let variables = json!({ ID: Id(id).to_string() });
    let read = parse(text, variables.as_object().cloned().unwrap_or_default())?;
    let is_one = read.facts.kind == OperationKind::Query && *read.facts.root_fields == [LINE];
    let asks_for_it = read.operation.variable_of(ID).is_some_and(|name| name == ID)
        && read.operation.operation().variable_definitions.len() == 1;
    if !is_one || !asks_for_it {
        let message = "Give one query of the line that it is about: query ($id: ID!) { orderLine(id: $id) { … } }.";
        return Err(message.to_owned());
    }
    Ok(read)
}

/// A message about a line.
#[derive(Clone, Copy, Debug)]
pub struct LineMessage<'a> {
    /// With whose rights; known to see the line.
    pub viewer: &'a Arc<Viewer>,
    pub line_id: OrderLineId,
    /// What the message is called.
    pub id: &'a str,
    /// Whether the line has got an answer, and was not only begun.
    pub answered: bool,
    pub at: DateTime<Utc>,
    /// Until when the vendor may answer.
    pub answer_by: Option<DateTime<Utc>>,
    /// Whether the line is of a sandbox.
    pub sandbox: bool,
    /// None: what is told unless somebody says otherwise.
    pub document: Option<&'a str>,
}

/// What each message begins with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    id: &'a str,
    r#type: &'a str,
    timestamp: String,
    answer_by: Option<String>,
    sandbox: bool,
}

impl Payloads {
    /// The message as JSON. An error means that it could not be made because of us.
    pub async fn of_line(&self, message: LineMessage<'_>) -> anyhow::Result<Bytes> {
        let _turn = self.turns.acquire().await?;
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let head = Head {
            id: message.id,
            r#type: if message.answered { "ORDER_LINE_ANSWERED" } else { "ORDER_LINE_BEGUN" },
            timestamp: time(message.at),
            answer_by: message.answer_by.map(time),
            sandbox: message.sandbox,
        };
        let read = read(message.document.unwrap_or(USUAL), message.line_id);
        let Readable { operation, variables, facts } = match read {
            Ok(read) => read,
            // It was right once: the schema has changed since.
            Err(wrong) => return write(&head, &Value::Null, &[ServerError::new(wrong, None)]),
        };
        let request = operation
            .request(variables)
            .data(facts)
            .data(operation.clone())
            .data(message.viewer.clone());
        let answer = self.schema.execute(request).await;
        self.app.metrics.payload_made();
        let (data, errors) = told(answer)?;
        write(&head, &data, &errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_unless_somebody_says_otherwise_can_be_told() {
        assert_eq!(check(USUAL), Ok(()));
    }

    #[test]
    fn a_document_is_one_query_of_the_line_and_nothing_else() {
        for right in [
            "query ($id: ID!) { orderLine(id: $id) { id } }",
            "query Named($id: ID!) { it: orderLine(id: $id) { ...What } } fragment What on OrderLine { id }",
        ] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for wrong in [
            "",
            "{ viewer { role } }",
            "{ orderLine(id: \"line_019a2f0c4e5b7d21a7c3f0f2b0a1c9d4\") { id } }",
            "query ($line: ID!) { orderLine(id: $line) { id } }",
            "query ($id: ID!, $b: Boolean = true) { orderLine(id: $id) { id @include(if: $b) } }",
            "query ($id: ID!) { orderLine(id: $id) { id } viewer { role } }",
            "query ($id: ID!) { orderLine(id: $id) { id } order(id: $id) { id } }",
            "query ($id: ID!) { orderLine(id: $id) { availableActions } }",
            "query ($id: ID!) { orderLine(id: $id) { nothingLikeIt } }",
            "subscription { events { id } }",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
