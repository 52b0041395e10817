//! The scalars that GraphQL does not bring along.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::error::{Code, Result};
use crate::{clock, events::cursor::Cursor};

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

/// A moment as RFC 3339 writes it, such as `2026-03-01T09:30:00Z`, in the years 0000 to 9999, in UTC as well. Answers
/// are in UTC; finer parts than microseconds are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub DateTime<Utc>);

/// A moment as RFC 3339 writes it, such as `2026-03-01T09:30:00Z`, in the years 0000 to 9999, in UTC as well. Answers
/// are in UTC; finer parts than microseconds are cut off.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
impl ScalarType for Time {
    fn parse(value: Value) -> InputValueResult<Self> {
        let moment = text(&value)
            .and_then(date_time)
            .ok_or_else(|| wrong("a moment such as \"2026-03-01T09:30:00Z\""))?;
        if clock::can_be_written(moment) {
            Ok(Self(moment))
        } else {
            Err(wrong("a moment in the years 0000 to 9999, in UTC as well"))
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A day of the calendar as RFC 3339 writes it, such as `2026-03-01`: four digits of the year, two of the month and two
/// of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub NaiveDate);

/// A day of the calendar as RFC 3339 writes it, such as `2026-03-01`: four digits of the year, two of the month and two
/// of the day.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Day {
    fn parse(value: Value) -> InputValueResult<Self> {
        text(&value)
            .and_then(full_date)
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

/// What RFC 3339 calls a date-time. A leap second counts as the first moment of the next minute.
fn date_time(text: &str) -> Option<DateTime<Utc>> {
    // The parser would take a blank for the T, and another minus sign than ASCII's.
    if !text.is_ascii() || text.as_bytes().get(10).is_none_or(u8::is_ascii_whitespace) {
        return None;
    }
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    DateTime::from_timestamp_micros(moment.timestamp_micros())
}

/// What RFC 3339 calls a full-date.
fn full_date(text: &str) -> Option<NaiveDate> {
    // The parser would take years of any length, with a sign, and blanks.
    let has_the_form = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if has_the_form { text.parse().ok() } else { None }
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

    #[test]
    fn moments_are_those_of_rfc_3339() {
        let read = |text: &str| Time::parse(Value::from(text)).ok().map(|time| time.to_value());
        for (sent, told) in [
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("0001-01-01T00:00:00.000001Z", "0001-01-01T00:00:00.000001Z"),
            ("1066-10-14T09:00:00-00:00", "1066-10-14T09:00:00Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999Z"),
            ("2026-03-01t09:30:00z", "2026-03-01T09:30:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(sent), Some(Value::from(told)), "{sent}");
        }
        for wrong in [
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:60Z",
            "10000-01-01T00:00:00Z",
            "+2026-03-01T09:30:00Z",
            "-0001-03-01T09:30:00Z",
            "26-03-01T09:30:00Z",
            "2026-03-01 09:30:00Z",
            " 2026-03-01T09:30:00Z",
            "2026-03-01T09:30:00Z ",
            "2026-03-01T09:30:00",
            "2026-03-01T09:30:00\u{2212}01:00",
            "2026-02-30T09:30:00Z",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_are_those_of_rfc_3339() {
        let read = |text: &str| Day::parse(Value::from(text)).ok().map(|day| day.to_value());
        for right in ["0000-01-01", "0027-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(read(right), Some(Value::from(right)));
        }
        for wrong in [
            "27-01-01",
            "2026-3-1",
            "2026-03-1 ",
            " 2026-03-01",
            "2026-03-01 ",
            "+12026-01-01",
            "+2026-01-1",
            "-0001-01-01",
            "2026-02-29",
            "2026-13-01",
            "20260301",
            "2026-03-01T00:00:00Z",
            "\u{0662}\u{0660}26-3-1",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
