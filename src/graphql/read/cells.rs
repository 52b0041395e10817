//! What the database answers: rows of cells, read where they lie.
//!
//! SQLite answers with JSON arrays, whose strings are copied into the answer as they are: both escape alike. PostgreSQL
//! answers with records in its binary form, each cell with the type that it has.

#![expect(clippy::wildcard_enum_match_arm, reason = "what is not what was asked for is refused")]

use std::{borrow::Cow, str::from_utf8};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::viewer::{Scope, Viewer};
use entity::Role;
use sea_orm::{
    DatabaseBackend, QueryResult, Value,
    sqlx::{Row as _, ValueRef},
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// One value, as it came.
#[derive(Clone, Copy, Debug)]
pub enum Datum<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// The digits of a whole number.
    Number(&'a [u8]),
    Text(&'a [u8]),
    /// Text between quotation marks, with JSON's escapes.
    Escaped(&'a [u8]),
    Uuid(Uuid),
    /// Microseconds since 1970.
    Time(i64),
    /// Days since 1970.
    Day(i32),
    Json(&'a [u8]),
    /// Rows, or the cells of one.
    Array(&'a Tape, usize),
    Record(&'a [u8]),
    Records(&'a [u8]),
}

/// The result set of a statement.
pub(super) enum ResultSet {
    Sqlite(Option<Tape>),
    Postgres(Vec<QueryResult>),
}

impl ResultSet {
    pub(super) fn read(backend: DatabaseBackend, rows: Vec<QueryResult>) -> anyhow::Result<Self> {
        if backend != DatabaseBackend::Sqlite {
            return Ok(Self::Postgres(rows));
        }
        Self::of_json(match rows.first() {
            Some(row) => row.try_get_by_index::<Option<String>>(0)?,
            None => None,
        })
    }

    /// What SQLite answers with.
    pub(super) fn of_json(text: Option<String>) -> anyhow::Result<Self> {
        Ok(Self::Sqlite(text.map(|text| Tape::read(text.into_bytes())).transpose()?))
    }

    /// The row, where one was asked for.
    pub(super) fn one(&self) -> anyhow::Result<Option<Datum<'_>>> {
        Ok(match self {
            Self::Sqlite(tape) => tape.as_ref().map(|tape| Datum::Array(tape, 0)),
            Self::Postgres(rows) => rows.first().map(|row| in_column(row, 0)).transpose()?,
        })
    }

    /// The rows, where several were asked for.
    pub(super) fn all(&self) -> anyhow::Result<Vec<Datum<'_>>> {
        match self {
            Self::Sqlite(Some(tape)) => items(Datum::Array(tape, 0)),
            Self::Sqlite(None) => Ok(Vec::new()),
            Self::Postgres(rows) => rows.iter().map(|row| in_column(row, 0)).collect(),
        }
    }

    /// The rows, where they were asked for in one value.
    pub(super) fn together(&self) -> anyhow::Result<Vec<Datum<'_>>> {
        match self {
            Self::Sqlite(_) => self.all(),
            Self::Postgres(rows) => match rows.first() {
                Some(row) => items(in_column(row, 0)?),
                None => Ok(Vec::new()),
            },
        }
    }
}

/// A value of a row of PostgreSQL's.
fn in_column(row: &QueryResult, column: usize) -> anyhow::Result<Datum<'_>> {
    let row = row.try_as_pg_row().context("a row of another database")?;
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        return Ok(Datum::Null);
    }
    let oid = value.type_info().oid().context("a type without a number")?.0;
    let bytes = value.as_bytes().map_err(|error| anyhow::anyhow!(error))?;
    of_type(oid, bytes)
}

/// The items of an array: rows, or the cells of one.
pub(super) fn items(array: Datum<'_>) -> anyhow::Result<Vec<Datum<'_>>> {
    let mut found = Vec::new();
    push_items(array, &mut found)?;
    Ok(found)
}

/// Adds the items of an array: rows, or the cells of one.
pub(super) fn push_items<'a>(array: Datum<'a>, found: &mut Vec<Datum<'a>>) -> anyhow::Result<()> {
    match array {
        Datum::Null => {}
        Datum::Array(tape, at) => tape.push_items(at, found),
        Datum::Record(bytes) => {
            for_each_value(bytes, |oid, value| {
                found.push(perhaps_of_type(oid, value)?);
                Ok(())
            })?;
        }
        Datum::Records(bytes) => {
            let mut bytes = Bytes(bytes);
            let dimensions = bytes.number()?;
            bytes.number()?;
            let oid = bytes.number()?;
            if dimensions == 0 {
                return Ok(());
            }
            let length = bytes.number()?;
            bytes.number()?;
            for _ in 0..length {
                found.push(perhaps_of_type(oid, bytes.counted()?)?);
            }
        }
        other => bail!("{other:?} has no items"),
    }
    Ok(())
}

/// The binary form of PostgreSQL's values: numbers with the highest byte first.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn number(&mut self) -> anyhow::Result<u32> {
        let (number, rest) = self.0.split_first_chunk().context("a record that is cut off")?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*number))
    }

    /// A length and so many bytes; none where there is no value.
    fn counted(&mut self) -> anyhow::Result<Option<&'a [u8]>> {
        let length = self.number()?;
        if length == u32::MAX {
            return Ok(None);
        }
        let length = usize::try_from(length)?;
        let (value, rest) = self.0.split_at_checked(length).context("a record that is cut off")?;
        self.0 = rest;
        Ok(Some(value))
    }
}

/// Calls for each value of a record, with the number of its type.
fn for_each_value<'a>(
    record: &'a [u8],
    mut call: impl FnMut(u32, Option<&'a [u8]>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut bytes = Bytes(record);
    for _ in 0..bytes.number()? {
        let oid = bytes.number()?;
        call(oid, bytes.counted()?)?;
    }
    Ok(())
}

/// The cells of a row of PostgreSQL's that is kept: each with the number of its type, taken apart once.
pub(super) struct KeptRow(Vec<(u32, Option<Box<[u8]>>)>);

impl KeptRow {
    pub(super) fn of(record: &[u8]) -> anyhow::Result<Self> {
        let mut cells = Vec::new();
        for_each_value(record, |oid, value| {
            cells.push((oid, value.map(Box::from)));
            Ok(())
        })?;
        Ok(Self(cells))
    }

    pub(super) fn cell(&self, place: usize) -> anyhow::Result<Datum<'_>> {
        let (oid, value) = self.0.get(place).context("a row with fewer cells")?;
        perhaps_of_type(*oid, value.as_deref())
    }
}

/// From 1970 to 2000, from where PostgreSQL counts.
const DAYS: i32 = 10_957;
const MICROSECONDS: i64 = DAYS as i64 * 86_400_000_000;

fn perhaps_of_type(oid: u32, value: Option<&[u8]>) -> anyhow::Result<Datum<'_>> {
    value.map_or(Ok(Datum::Null), |value| of_type(oid, value))
}

/// A value of one of PostgreSQL's types, by the number of the type.
fn of_type(oid: u32, bytes: &[u8]) -> anyhow::Result<Datum<'_>> {
    Ok(match oid {
        16 => Datum::Bool(bytes == [1]),
        20 => Datum::Int(i64::from_be_bytes(bytes.try_into()?)),
        23 => Datum::Int(i32::from_be_bytes(bytes.try_into()?).into()),
        25 | 1043 => Datum::Text(bytes),
        114 => Datum::Json(bytes),
        3802 => Datum::Json(bytes.get(1..).unwrap_or_default()),
        1082 => Datum::Day(i32::from_be_bytes(bytes.try_into()?) + DAYS),
        1184 => Datum::Time(i64::from_be_bytes(bytes.try_into()?) + MICROSECONDS),
        2249 => Datum::Record(bytes),
        2287 => Datum::Records(bytes),
        2950 => Datum::Uuid(Uuid::from_slice(bytes)?),
        _ => bail!("a value of a type that nothing is stored in: {oid}"),
    })
}

/// A value that is known without a statement.
pub(super) fn known(value: &Value) -> anyhow::Result<Datum<'_>> {
    let unknown = || anyhow::anyhow!("nothing is stored in a column of this type: {value:?}");
    let datum = match value {
        Value::Bool(value) => value.map(Datum::Bool),
        Value::Int(value) => value.map(|value| Datum::Int(value.into())),
        Value::BigInt(value) => value.map(Datum::Int),
        Value::String(value) => value.as_ref().map(|text| Datum::Text(text.as_bytes())),
        Value::Uuid(value) => value.map(Datum::Uuid),
        Value::ChronoDateTimeUtc(value) => value.map(|time| Datum::Time(time.timestamp_micros())),
        _ => return Err(unknown()),
    };
    Ok(datum.unwrap_or(Datum::Null))
}

/// A JSON text of arrays, strings, whole numbers and nulls, and where in it each of them lies.
#[derive(Debug)]
pub struct Tape {
    text: Vec<u8>,
    tokens: Vec<Token>,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    is: Is,
    /// Where its text begins.
    start: usize,
    /// Where its text ends; of an array, the token after the last of its items.
    end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Array,
    String,
    Number,
    Null,
}

impl Tape {
    /// Reads what SQLite has written.
    pub(super) fn read(text: Vec<u8>) -> anyhow::Result<Self> {
        let mut tokens = Vec::with_capacity(text.len() / 16 + 4);
        let mut open = Vec::new();
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let start = at;
            match byte {
                b'[' => {
                    open.push(tokens.len());
                    tokens.push(Token { is: Is::Array, start, end: 0 });
                    at += 1;
                }
                b']' => {
                    let begun = open.pop().context("an array that was not begun")?;
                    tokens[begun].end = tokens.len();
                    at += 1;
                }
                b',' => at += 1,
                b'"' => {
                    at = end_of_string(&text, at + 1).context("a string without an end")?;
                    tokens.push(Token { is: Is::String, start: start + 1, end: at });
                    at += 1;
                }
                b'n' => {
                    tokens.push(Token { is: Is::Null, start, end: start });
                    at += "null".len();
                }
                b'-' | b'0'..=b'9' => {
                    let rest = &text[at..];
                    let digits = |byte: &u8| matches!(byte, b',' | b']');
                    at += rest.iter().position(digits).unwrap_or(rest.len());
                    tokens.push(Token { is: Is::Number, start, end: at });
                }
                other => bail!("SQLite answers with JSON that has {:?} in it", char::from(*other)),
            }
        }
        ensure!(open.is_empty() && !tokens.is_empty(), "an array without an end");
        Ok(Self { text, tokens })
    }

    fn push_items<'a>(&'a self, array: usize, found: &mut Vec<Datum<'a>>) {
        let Token { end, .. } = self.tokens[array];
        let mut at = array + 1;
        while at < end {
            let Token { is, start, end } = self.tokens[at];
            let next = if is == Is::Array { end } else { at + 1 };
            found.push(match is {
                Is::Array => Datum::Array(self, at),
                Is::String => Datum::Escaped(&self.text[start..end]),
                Is::Number => Datum::Number(&self.text[start..end]),
                Is::Null => Datum::Null,
            });
            at = next;
        }
    }
}

fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', &text[at..])?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
        if at > text.len() {
            return None;
        }
    }
}

impl<'a> Datum<'a> {
    pub(super) fn is_null(self) -> bool {
        // What is NULL has no hexadecimal digits.
        matches!(self, Self::Null)
    }

    pub(super) fn long(self) -> anyhow::Result<i64> {
        match self {
            Self::Int(number) => Ok(number),
            Self::Number(digits) => Ok(from_utf8(digits)?.parse()?),
            other => bail!("{other:?} is no number"),
        }
    }

    /// Where among the cells of a row those of one begin that is joined to it.
    pub(super) fn place(self) -> anyhow::Result<usize> {
        Ok(usize::try_from(self.long()?)?)
    }

    pub(super) fn text(self) -> anyhow::Result<Cow<'a, str>> {
        match self {
            Self::Text(text) => Ok(from_utf8(text)?.into()),
            Self::Escaped(text) if !text.contains(&b'\\') => Ok(from_utf8(text)?.into()),
            Self::Escaped(text) => {
                Ok(Cow::Owned(serde_json::from_str(&format!("\"{}\"", from_utf8(text)?))?))
            }
            other => bail!("{other:?} is no text"),
        }
    }

    pub(super) fn uuid(self) -> anyhow::Result<Option<Uuid>> {
        match self {
            Self::Null | Self::Escaped(b"") => Ok(None),
            Self::Uuid(id) => Ok(Some(id)),
            Self::Escaped(digits) => Ok(Some(Uuid::try_parse_ascii(digits)?)),
            other => bail!("{other:?} is no id"),
        }
    }

    pub(super) fn time(self) -> anyhow::Result<DateTime<Utc>> {
        match self {
            Self::Time(micros) => {
                DateTime::from_timestamp_micros(micros).context("a time out of all bounds")
            }
            Self::Escaped(text) => {
                Ok(DateTime::parse_from_rfc3339(from_utf8(text)?)?.with_timezone(&Utc))
            }
            other => bail!("{other:?} is no time"),
        }
    }

    pub(super) fn day(self) -> anyhow::Result<NaiveDate> {
        match self {
            Self::Day(days) => {
                let first = NaiveDate::default();
                let far = Days::new(days.unsigned_abs().into());
                let day = if days < 0 {
                    first.checked_sub_days(far)
                } else {
                    first.checked_add_days(far)
                };
                day.context("a day out of all bounds")
            }
            Self::Escaped(text) => Ok(from_utf8(text)?.parse()?),
            other => bail!("{other:?} is no day"),
        }
    }

    pub(super) fn bool(self) -> anyhow::Result<bool> {
        match self {
            Self::Bool(is) => Ok(is),
            Self::Number(digit) => Ok(digit == b"1"),
            other => bail!("{other:?} is neither true nor false"),
        }
    }

    fn json<T: DeserializeOwned>(self) -> anyhow::Result<T> {
        match self {
            Self::Json(text) => Ok(serde_json::from_slice(text)?),
            other => Ok(serde_json::from_str(&other.text()?)?),
        }
    }
}

/// The cells that something is worked out from, in the order in which it needs them, and the rights of whoever asks.
pub struct Given<'a, 'v> {
    cells: Vec<Datum<'a>>,
    /// Private: only what is described as depending on who exactly asks may know it.
    viewer: &'v Viewer,
}

impl<'a, 'v> Given<'a, 'v> {
    pub(super) fn new(cells: Vec<Datum<'a>>, viewer: &'v Viewer) -> Self {
        Self { cells, viewer }
    }

    pub fn scope(&self) -> &'v Scope {
        &self.viewer.scope
    }

    pub fn role(&self) -> Role {
        self.viewer.role
    }

    fn cell(&self, place: usize) -> anyhow::Result<Datum<'a>> {
        self.cells.get(place).copied().with_context(|| format!("there is no cell {place}"))
    }

    /// Whether there is something in a cell.
    pub fn has(&self, place: usize) -> anyhow::Result<bool> {
        Ok(!self.cell(place)?.is_null())
    }

    /// The text in a cell; none where it is null.
    pub fn text(&self, place: usize) -> anyhow::Result<Option<Cow<'a, str>>> {
        let cell = self.cell(place)?;
        if cell.is_null() { Ok(None) } else { cell.text().map(Some) }
    }

    /// The text in a cell that is never null.
    pub fn some_text(&self, place: usize) -> anyhow::Result<Cow<'a, str>> {
        self.cell(place)?.text()
    }

    /// The word in a cell that is never null.
    pub fn word<T: std::str::FromStr>(&self, place: usize) -> anyhow::Result<T> {
        let word = self.some_text(place)?;
        word.parse().map_err(|_| anyhow::anyhow!("nothing is called {word:?}"))
    }

    /// The word in a cell; none where it is null.
    pub fn some_word<T: std::str::FromStr>(&self, place: usize) -> anyhow::Result<Option<T>> {
        if self.cell(place)?.is_null() { Ok(None) } else { self.word(place).map(Some) }
    }

    pub fn long(&self, place: usize) -> anyhow::Result<i64> {
        self.cell(place)?.long()
    }

    pub fn int(&self, place: usize) -> anyhow::Result<i32> {
        Ok(self.long(place)?.try_into()?)
    }

    /// The number in a cell; none where it is null.
    pub fn some_int(&self, place: usize) -> anyhow::Result<Option<i32>> {
        if self.cell(place)?.is_null() { Ok(None) } else { self.int(place).map(Some) }
    }

    /// The number in a cell; none where it is null.
    pub fn some_long(&self, place: usize) -> anyhow::Result<Option<i64>> {
        if self.cell(place)?.is_null() { Ok(None) } else { self.long(place).map(Some) }
    }

    pub fn bool(&self, place: usize) -> anyhow::Result<bool> {
        self.cell(place)?.bool()
    }

    /// The id in a cell; none where it is null.
    pub fn id<T: From<Uuid>>(&self, place: usize) -> anyhow::Result<Option<T>> {
        Ok(self.cell(place)?.uuid()?.map(T::from))
    }

    /// The moment in a cell; none where it is null.
    pub fn some_time(&self, place: usize) -> anyhow::Result<Option<DateTime<Utc>>> {
        let cell = self.cell(place)?;
        if cell.is_null() { Ok(None) } else { cell.time().map(Some) }
    }

    /// The document in a cell; none where it is null.
    pub fn json<T: DeserializeOwned>(&self, place: usize) -> anyhow::Result<Option<T>> {
        let cell = self.cell(place)?;
        if cell.is_null() { Ok(None) } else { cell.json().map(Some) }
    }

    /// The rows in a cell.
    pub fn rows(&self, place: usize) -> anyhow::Result<Vec<Self>> {
        let rows = items(self.cell(place)?)?;
        let row = |row| Ok(Given::new(items(row)?, self.viewer));
        rows.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> Vec<String> {
        let tape = Tape::read(json.as_bytes().to_vec()).unwrap();
        let items = items(Datum::Array(&tape, 0)).unwrap();
        items.into_iter().map(|item| item.text().unwrap().into_owned()).collect()
    }

    #[test]
    fn strings_are_read_to_their_end_whatever_they_hold() {
        assert_eq!(
            texts(r#"["a","","\"","\\","\\\"]","é\u0001"]"#),
            ["a", "", "\"", "\\", "\\\"]", "é\u{1}"]
        );
    }

    #[test]
    fn items_of_arrays_within_an_array_are_not_its_own() {
        let tape = Tape::read(br"[[1,[2,[]]],null,-3]".to_vec()).unwrap();
        let outer = items(Datum::Array(&tape, 0)).unwrap();
        assert_eq!(outer.len(), 3);
        assert!(outer[1].is_null());
        assert_eq!(outer[2].long().unwrap(), -3);
        let inner = items(outer[0]).unwrap();
        assert_eq!(items(inner[1]).unwrap().len(), 2);
    }

    #[test]
    fn a_kept_row_has_the_cells_of_its_record() {
        let mut record = 3_u32.to_be_bytes().to_vec();
        for (oid, value) in [(25_u32, Some("é".as_bytes())), (25, None), (20, Some(&[0xFF; 8]))] {
            record.extend(oid.to_be_bytes());
            record.extend(
                value.map_or(u32::MAX, |value| u32::try_from(value.len()).unwrap()).to_be_bytes(),
            );
            record.extend(value.unwrap_or_default());
        }
        let cells = items(Datum::Record(&record)).unwrap();
        assert!(matches!(cells[..], [Datum::Text(_), Datum::Null, Datum::Int(-1)]), "{cells:?}");
        let kept = KeptRow::of(&record).unwrap();
        for (place, cell) in cells.iter().enumerate() {
            assert_eq!(format!("{:?}", kept.cell(place).unwrap()), format!("{cell:?}"));
        }
        assert!(kept.cell(3).is_err());
        assert!(KeptRow::of(&record[..record.len() - 1]).is_err());
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        for broken in ["[", "[\"a", "[\"a\\", "]", ""] {
            assert!(Tape::read(broken.as_bytes().to_vec()).is_err(), "{broken}");
        }
    }
}
