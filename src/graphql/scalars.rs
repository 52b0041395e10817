//! The scalars that GraphQL does not bring along.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, DurationRound, NaiveDate, SecondsFormat, TimeDelta, Utc};

use super::error::{Code, Result};
use crate::events::cursor::Cursor;

/// A count or a version as GraphQL's `Int`.
pub fn int(number: i64) -> Result<i32> {
    let int = i32::try_from(number);
    Ok(int.map_err(|_| anyhow::anyhow!("{number} does not fit the 32 bits of an Int"))?)
}

/// An amount of money in the minor unit of its currency (cents of a euro, whole yen): a 64-bit integer, written as a
/// string of digits. Inputs may be an integer literal as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinorUnits(pub i64);

/// An amount of money in the minor unit of its currency (cents of a euro, whole yen): a 64-bit integer, written as a
/// string of digits. Inputs may be an integer literal as well.
#[Scalar]
impl ScalarType for MinorUnits {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole_number(&value)
            .map(Self)
            .ok_or_else(|| wrong("a whole number of minor units, such as \"1250\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A place in the event log of a tenant: 1, 2, 3, … as a string of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

/// A place in the event log of a tenant: 1, 2, 3, … as a string of digits.
#[Scalar]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        whole_number(&value)
            .filter(|position| *position >= 0)
            .map(Self)
            .ok_or_else(|| wrong("a position in the event log, such as \"42\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An opaque place in the event log of a tenant. A live feed that is given it goes on with the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeedCursor(pub Cursor);

/// An opaque place in the event log of a tenant. A live feed that is given it goes on with the next event.
#[Scalar]
impl ScalarType for FeedCursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(&value)
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or_else(|| wrong("a cursor that this API gave out earlier"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A moment as RFC 3339 writes it, such as `2026-03-01T09:30:00Z`. Answers are in UTC; finer parts than microseconds
/// are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub DateTime<Utc>);

/// A moment as RFC 3339 writes it, such as `2026-03-01T09:30:00Z`. Answers are in UTC; finer parts than microseconds
/// are cut off.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(&value)
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .and_then(|moment| moment.to_utc().duration_trunc(TimeDelta::microseconds(1)).ok())
            .map(Self)
            .ok_or_else(|| wrong("a moment such as \"2026-03-01T09:30:00Z\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A day of the calendar as ISO 8601 writes it, such as `2026-03-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub NaiveDate);

/// A day of the calendar as ISO 8601 writes it, such as `2026-03-01`.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Day {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(&value)
            .and_then(|text| text.parse().ok())
            .map(Self)
            .ok_or_else(|| wrong("a day such as \"2026-03-01\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::String(text) = value { Some(text) } else { None }
}

/// A number, or digits with an optional minus sign and nothing else.
fn whole_number(value: &Value) -> Option<i64> {
    if let Value::Number(number) = value {
        return number.as_i64();
    }
    text(value).filter(|text| !text.starts_with('+')).and_then(|text| text.parse().ok())
}

fn wrong<T: async_graphql::InputType>(expected: &str) -> InputValueError<T> {
    InputValueError::custom(format!("this must be {expected}."))
        .with_extension("code", Code::BadUserInput.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_may_be_digits_or_a_number() {
        let read = |value| MinorUnits::parse(value).ok();
        assert_eq!(read(Value::from("-1250")), Some(MinorUnits(-1250)));
        assert_eq!(read(Value::from(1250)), Some(MinorUnits(1250)));
        for wrong in [Value::from("12.50"), Value::from("+1"), Value::from(12.5), Value::Null] {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_cut_to_microseconds_and_told_in_utc() {
        let time = Time::parse(Value::from("2026-03-01T10:30:00.123456789+01:00")).ok();
        let text = time.map(|time| time.to_value());
        assert_eq!(text, Some(Value::from("2026-03-01T09:30:00.123456Z")));
    }
}
