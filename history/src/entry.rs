//! What is written down: one JSON object per line, by clients, about what they themselves did and saw.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Nanoseconds since the run began.
    pub t: u64,
    /// Whose line it is: a writer, a watcher, or the run itself.
    pub p: String,
    #[serde(flatten)]
    pub what: What,
}

/// What happened to whoever wrote the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "f", rename_all = "kebab-case")]
pub enum What {
    /// What the run set out to show.
    Run(Plan),
    /// A step of a writer.
    Transition(Transition),
    /// A watcher introduces itself.
    Watch(Watch),
    /// A watcher subscribes without a cursor: what follows from now on.
    Join { conn: u32, node: u32 },
    /// A watcher subscribes after a cursor.
    Resume { conn: u32, node: u32, epoch: String, pos: i64 },
    /// A watcher was told an event.
    Recv(Recv),
    /// A watcher was told how far its feed has come without anything for it.
    Passed { conn: u32, epoch: String, pos: i64 },
    /// A watcher was told an order as it is at a place in the log, from which it follows.
    Snapshot { conn: u32, epoch: String, pos: i64, order: String, ver: i64, to: String },
    /// A watcher was told how many orders have which status at a place in the log.
    Counts { conn: u32, epoch: String, pos: i64, counts: BTreeMap<String, i64> },
    /// A watcher was told the first page of a list: the orders in their order, each with its version. In the name of
    /// the run it is the page that a list gives after everything is over.
    Page { tenant: String, epoch: String, pos: i64, orders: Vec<(String, i64)> },
    /// A watcher was told that its cursor cannot be followed, and goes on after `latest`.
    Gap { conn: u32, reason: String, epoch: String, earliest: i64, latest: i64 },
    /// A watcher's connection ended; 1006 stands for "without a word".
    Close { conn: u32, code: u16 },
    /// A watcher leaves for good. Nothing is expected of it from here on.
    Leave,
    /// A fault, and what shows that it happened.
    Nemesis { nemesis: String, start: u64, end: u64, proof: Option<String> },
    /// From here on there are no faults, and nothing is written any more.
    Heal,
    /// What a tenant has billed after everything is over, and all of its subscriptions that began.
    Billed { tenant: String, documents: Vec<Document>, begun: Vec<String> },
    /// Where a tenant's log ends after everything is over.
    Head { tenant: String, epoch: String, pos: i64 },
}

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub id: String,
    /// None: it is a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub lines: Vec<Charge>,
    /// None: it is a draft, whose sums are not final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
}

/// What a document says that it comes to, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Whether the lines have the tax in them.
    #[serde(default)]
    pub tax_inclusive: bool,
    /// What its lines come to, each by itself.
    pub lines: Vec<i64>,
    /// What is taxed, the tax, and the rate in hundredths of a percent.
    pub taxes: Vec<(i64, i64, i64)>,
    /// What is settled, and what is open.
    pub paid: i64,
    pub open: i64,
}

/// A line of a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Charge {
    pub subscription: String,
    /// What it is charged for.
    pub kind: String,
    /// The first moment that it is charged for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// What a run must have done to count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub seed: u64,
    /// The faults that each must have happened at least once.
    pub nemeses: Vec<String>,
    pub deliveries: u64,
    pub reconnects: u64,
    pub node_switches: u64,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// The writer asks.
    Invoke,
    /// The server has said that it is done.
    Ok,
    /// The server has said that it is not done.
    Fail,
    /// The writer will never know.
    Info,
}

/// What a writer can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Step {
    /// A draft.
    Create,
    /// A new order that is submitted at once.
    Place,
    Submit,
    Update,
    Approve,
    Reject,
    Cancel,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    #[serde(rename = "type")]
    pub progress: Progress,
    pub tenant: String,
    pub step: Step,
    /// The idempotency key, which names the request. A new order carries it as its reference.
    pub key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// The order's status and version in the answer, which may be later than the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ver: Option<i64>,
    /// Why it failed, or why nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Who a watcher is and what it wants. What is left out does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Watch {
    pub tenant: String,
    /// The document, for people.
    #[serde(default)]
    pub document: String,
    /// Rights: only what belongs to this customer, or to this partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_scope: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_statuses: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_statuses: Option<Vec<String>>,
    /// What it was told it may be told again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub at_least_once: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
const fn is_false(it: &bool) -> bool {
    !*it
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recv {
    pub conn: u32,
    pub node: u32,
    pub epoch: String,
    pub pos: i64,
    #[serde(flatten)]
    pub told: Told,
}

/// What an event says, as far as the watcher's document asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Told {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ver: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The order's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The version of the order as it is read for the answer; the event's own or a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<i64>,
}

impl Told {
    /// What a payload that tells of an event says, by the names of its fields.
    pub fn by(event: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let either = |one: &str, other: &str| text(&event[one]).or_else(|| text(&event[other]));
        Self {
            kind: text(&event["kind"]),
            order: text(&event["orderId"]),
            ver: event["orderVersion"].as_i64(),
            trigger: text(&event["trigger"]),
            from: either("from", "fromStatus"),
            to: either("to", "toStatus"),
            customer: text(&event["customer"]["id"]),
            partner: text(&event["partner"]["id"]),
            reference: text(&event["order"]["reference"]),
            now: event["order"]["version"].as_i64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_survives_being_written_and_read() {
        let line = concat!(
            r#"{"t":7,"p":"s3","f":"recv","conn":2,"node":1,"epoch":"e","pos":12,"#,
            r#""order":"o","ver":2,"to":"APPROVED"}"#
        );
        let entry: Entry = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&entry).unwrap(), line);
    }
}
