//! The arguments of a field, with variables filled in.

use apollo_compiler::{
    Node,
    ast::{Argument, Value},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{BAD_USER_INPUT, Failure};

/// The values of variables: those that were given, and the defaults of the others.
pub(super) type Variables = Map<String, Json>;

/// An input object, or the arguments of a field. What was left out, or given a variable without a value, is not there.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments(Map<String, Json>);

/// From one moment until just before another.
pub(super) struct Range {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

impl Arguments {
    pub(super) fn of(arguments: &[Node<Argument>], variables: &Variables) -> Self {
        let given = |argument: &Node<Argument>| {
            Some((argument.name.to_string(), value(&argument.value, variables)?))
        };
        Self(arguments.iter().filter_map(given).collect())
    }

    fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn object(&self, name: &str) -> Self {
        Self(self.get(name).and_then(Json::as_object).cloned().unwrap_or_default())
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    pub(super) fn bool(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub(super) fn truth(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(super) fn day(&self, name: &str) -> Result<Option<NaiveDate>, Failure> {
        let read = self.text(name).map(|day| day.parse().map_err(|_| BAD_USER_INPUT));
        read.transpose()
    }

    /// Texts or words of an enum; one may stand for a list of one.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<&str>> {
        let value = self.get(name)?;
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        Some(items.iter().filter_map(Json::as_str).collect())
    }

    /// An id of a kind.
    pub(super) fn id(&self, name: &str, prefix: &str) -> Result<Option<Uuid>, Failure> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match read_id(text) {
            Some((kind, id)) if kind == prefix => Ok(Some(id)),
            Some(_) | None => Err(BAD_USER_INPUT),
        }
    }

    pub(super) fn range(&self, name: &str) -> Result<Range, Failure> {
        let range = self.object(name);
        let moment = |name| {
            let read = range.text(name).map(|text| text.parse().map_err(|_| BAD_USER_INPUT));
            read.transpose()
        };
        Ok(Range { from: moment("from")?, until: moment("until")? })
    }
}

impl Range {
    pub(super) fn has(&self, time: Option<DateTime<Utc>>) -> bool {
        self.from.is_none_or(|from| time.is_some_and(|time| time >= from))
            && self.until.is_none_or(|until| time.is_some_and(|time| time < until))
    }
}

/// The kind of an id and its number; none: it is no id.
pub(super) fn read_id(text: &str) -> Option<(&str, Uuid)> {
    let (prefix, digits) = text.split_once('_')?;
    let is_digit = |digit: u8| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit);
    let is_id = digits.len() == 32 && digits.bytes().all(is_digit);
    is_id.then(|| (prefix, digits.parse().unwrap()))
}

/// A written value; none: a variable that has none.
pub(super) fn value(written: &Value, variables: &Variables) -> Option<Json> {
    Some(match written {
        Value::Null => Json::Null,
        Value::Enum(word) => Json::from(word.as_str()),
        Value::String(text) => Json::from(text.as_str()),
        Value::Boolean(value) => Json::from(*value),
        Value::Int(number) => number.as_str().parse().unwrap(),
        Value::Float(number) => number.as_str().parse().unwrap(),
        Value::Variable(name) => return variables.get(name.as_str()).cloned(),
        Value::List(items) => {
            items.iter().map(|item| value(item, variables).unwrap_or_default()).collect()
        }
        Value::Object(fields) => fields
            .iter()
            .filter_map(|(name, field)| Some((name.to_string(), value(field, variables)?)))
            .collect(),
    })
}
