//! An answer's data, whose keys have an order, and how it is written.

use std::fmt::Write;

use chrono::{DateTime, Timelike, Utc};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Null,
    Bool(bool),
    Int(i32),
    Text(String),
    List(Vec<Answer>),
    Object(Vec<(String, Answer)>),
}

impl Answer {
    pub(crate) fn json(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => write!(out, "{value}").unwrap(),
            Self::Int(value) => write!(out, "{value}").unwrap(),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    write!(out, "{}:", quoted(key)).unwrap();
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A text as JSON, and as GraphQL, has it.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

pub(crate) fn id(prefix: &str, id: impl Into<Uuid>) -> String {
    format!("{prefix}_{}", id.into().simple())
}

/// A moment, with no more digits of a second than it has, by threes.
pub(crate) fn moment(time: DateTime<Utc>) -> String {
    let micros = time.nanosecond() / 1_000;
    let fraction = match (micros, micros % 1_000) {
        (0, _) => String::new(),
        (_, 0) => format!(".{:03}", micros / 1_000),
        _ => format!(".{micros:06}"),
    };
    format!("{}{fraction}Z", time.format("%Y-%m-%dT%H:%M:%S"))
}
