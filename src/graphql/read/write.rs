//! Cells as the text of an answer.
//!
//! A field that cannot be written is null, and its error reported; where it is never null, the nearest object above it
//! is null that may be. What is written already of that object is taken back.

use async_graphql::{PathSegment, Pos};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::viewer::Viewer;
use uuid::{Uuid, fmt::Simple};

use super::{
    bound_page::BoundPage,
    cells::{Datum, Given, items, push_items},
    plan::{
        EdgeItem, How, InfoItem, Keyed, ObjectFields, PageFields, PageItem, RememberedCells,
        ShapeFields, ShapeItem, Written,
    },
    remembered::RowsById,
    shape::{Shown, ShownFields},
    table::{Kind, Make, ObjectTable},
};
use crate::{
    graphql::{
        budget::{MOST_BYTES, MOST_OBJECTS, used_up},
        error::ApiError,
    },
    services::page::{Kind as SortKind, SortValue, Sorted, Window},
};

/// A field that could not be written.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub error: ApiError,
    /// Where, below what was to be written.
    pub path: Vec<PathSegment>,
    pub pos: Option<Pos>,
}

/// Why writing stopped.
pub(super) enum Stop {
    /// Something is not there; what it is part of may do without it.
    Failed(Failure),
    /// The whole answer is dropped.
    All(ApiError),
}

type Result<T = ()> = std::result::Result<T, Stop>;

/// A step of the way from the root of what is written.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// Writes an answer.
pub(super) struct Writer<'a> {
    viewer: &'a Viewer,
    pages: &'a [BoundPage],
    /// The rows that are remembered, by their ids; none: there is no such row.
    known: &'a RowsById,
    /// The ids of those that are not.
    pub(super) unknown: Vec<(&'static ObjectTable, Uuid)>,
    /// How many objects may be written, and how many were.
    most: usize,
    pub(super) objects: usize,
    pub(super) text: Vec<u8>,
    pub(super) failures: Vec<Failure>,
    cells: Vec<Datum<'a>>,
    path: Vec<Step<'a>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        viewer: &'a Viewer,
        pages: &'a [BoundPage],
        known: &'a RowsById,
        most: usize,
    ) -> Self {
        Self {
            viewer,
            pages,
            known,
            unknown: Vec::new(),
            most,
            objects: 0,
            text: Vec::with_capacity(4096),
            failures: Vec::new(),
            cells: Vec::new(),
            path: Vec::new(),
        }
    }

    /// Writes an object.
    pub(super) fn object(&mut self, fields: &'a ObjectFields, row: Datum<'a>) -> Result {
        self.count_object()?;
        let first = self.cells.len();
        push_items(row, &mut self.cells).map_err(|error| self.broken(&error, None))?;
        self.cells_as_object(fields, first)?;
        self.cells.truncate(first);
        Ok(())
    }

    /// Writes an object whose cells are known.
    pub(super) fn known(&mut self, fields: &'a ObjectFields, cells: Vec<Datum<'a>>) -> Result {
        self.count_object()?;
        self.cells = cells;
        self.cells_as_object(fields, 0)
    }

    fn cells_as_object(&mut self, fields: &'a ObjectFields, first: usize) -> Result {
        let mut before = b'{';
        for field in fields {
            self.text.push(before);
            before = b',';
            self.text.extend_from_slice(field.json.as_bytes());
            self.field(field, first)?;
        }
        if before == b'{' {
            self.text.push(b'{');
        }
        self.text.push(b'}');
        Ok(())
    }

    fn count_object(&mut self) -> Result {
        self.objects += 1;
        if self.objects > self.most {
            return Err(Stop::All(used_up("objects", MOST_OBJECTS)));
        }
        if self.text.len() > MOST_BYTES {
            return Err(Stop::All(used_up("bytes", MOST_BYTES)));
        }
        Ok(())
    }

    fn field(&mut self, field: &'a Written, first: usize) -> Result {
        let (text, cells, steps) = (self.text.len(), self.cells.len(), self.path.len());
        self.path.push(Step::Key(&field.key));
        let written = self.value(field, first);
        if let Err(Stop::Failed(failure)) = written {
            if !field.nullable {
                return Err(Stop::Failed(failure));
            }
            self.failures.push(failure);
            self.text.truncate(text);
            self.cells.truncate(cells);
            self.path.truncate(steps);
            self.null();
            return Ok(());
        }
        self.path.truncate(steps);
        written
    }

    fn value(&mut self, field: &'a Written, first: usize) -> Result {
        match &field.how {
            How::Typename(name) => self.word(name),
            How::Value(cell, kind) => {
                let cell = self.cells[first + cell];
                scalar(&mut self.text, *kind, cell)
                    .map_err(|error| self.broken(&error, Some(field.pos)))?;
            }
            How::One(cell, fields, places) => match (self.cells[first + cell], places) {
                (Datum::Null, _) => self.null(),
                (Datum::Uuid(id), Some(places)) => {
                    self.remembered(fields, id, places, field.pos)?;
                }
                (place @ (Datum::Number(_) | Datum::Int(_)), _) => {
                    let place = place.place();
                    let place = place.map_err(|error| self.broken(&error, Some(field.pos)))?;
                    self.count_object()?;
                    self.cells_as_object(fields, first + place)?;
                }
                (row, _) => self.object(fields, row)?,
            },
            How::Many(cell, fields) => {
                let rows = items(self.cells[first + cell])
                    .map_err(|error| self.broken(&error, Some(field.pos)))?;
                self.objects(fields, rows.iter())?;
            }
            How::Page(number, page) => {
                let BoundPage { sorted, window, .. } = &self.pages[*number];
                let window = match window {
                    Ok(window) => window,
                    Err(invalid) => return Err(self.failed((*invalid).into(), Some(field.pos))),
                };
                let cell = |cell: Option<usize>| cell.map(|cell| self.cells[first + cell]);
                let (rows, count) = (cell(page.rows), cell(page.count));
                let rows = rows.map_or(Ok(Vec::new()), items);
                let rows = rows.map_err(|error| self.broken(&error, Some(field.pos)))?;
                self.page(page, sorted, window, rows, count)?;
            }
            How::Made(make, cells, fields) => {
                let cells = cells.iter().map(|cell| self.cells[first + cell]).collect();
                self.made(*make, cells, fields, field.pos)?;
            }
        }
        Ok(())
    }

    /// Writes an object that is remembered, or makes a note that it is not.
    fn remembered(
        &mut self,
        fields: &'a ObjectFields,
        id: Uuid,
        places: &RememberedCells,
        pos: Pos,
    ) -> Result {
        match self.known.get(&id) {
            None => {
                self.unknown.push((places.table, id));
                self.null();
            }
            Some(None) => self.null(),
            Some(Some(row)) => {
                self.count_object()?;
                let first = self.cells.len();
                for place in &places.cells {
                    let cell = row.cell(*place).map_err(|error| self.broken(&error, Some(pos)))?;
                    self.cells.push(cell);
                }
                self.cells_as_object(fields, first)?;
                self.cells.truncate(first);
            }
        }
        Ok(())
    }

    fn objects<'r>(
        &mut self,
        fields: &'a ObjectFields,
        rows: impl Iterator<Item = &'r Datum<'a>>,
    ) -> Result
    where
        'a: 'r,
    {
        self.text.push(b'[');
        for (index, row) in rows.enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            self.path.push(Step::Index(index));
            self.object(fields, *row)?;
            self.path.pop();
        }
        self.text.push(b']');
        Ok(())
    }

    fn made(
        &mut self,
        make: Make,
        cells: Vec<Datum<'a>>,
        fields: &'a ShapeFields,
        pos: Pos,
    ) -> Result {
        let given = Given::new(cells, self.viewer);
        let shown = match make {
            Make::ForRights(work_out) => work_out(&given),
            Make::ForSubject(work_out) => work_out(&given, &self.viewer.subject),
        };
        let shown = shown.map_err(|error| self.broken(&error, Some(pos)))?;
        self::shown(&mut self.text, &shown, fields);
        Ok(())
    }

    /// Writes a page: of its rows, read in the window's order, those that are on it.
    pub(super) fn page(
        &mut self,
        page: &'a PageFields,
        sorted: &Sorted,
        window: &Window,
        mut rows: Vec<Datum<'a>>,
        count: Option<Datum<'a>>,
    ) -> Result {
        let (on_page, has_previous, has_next) = window.cut(rows.len());
        rows.truncate(on_page);
        if window.from_end {
            rows.reverse();
        }
        self.keyed(&page.items, |writer, item| {
            match item {
                PageItem::Typename => writer.typename(page.object, "Connection"),
                PageItem::Nodes(fields) => writer.objects(fields, rows.iter())?,
                PageItem::Edges(items) => {
                    writer.text.push(b'[');
                    for (index, row) in rows.iter().enumerate() {
                        if index > 0 {
                            writer.text.push(b',');
                        }
                        writer.path.push(Step::Index(index));
                        writer.keyed(items, |writer, item| match item {
                            EdgeItem::Typename => {
                                writer.typename(page.object, "Edge");
                                Ok(())
                            }
                            EdgeItem::Cursor => writer.cursor(page, sorted, *row),
                            EdgeItem::Node(fields) => writer.object(fields, *row),
                        })?;
                        writer.path.pop();
                    }
                    writer.text.push(b']');
                }
                PageItem::Info(items) => writer.keyed(items, |writer, item| {
                    match item {
                        InfoItem::Typename => writer.word("PageInfo"),
                        InfoItem::HasPrevious => writer.bool(has_previous),
                        InfoItem::HasNext => writer.bool(has_next),
                        InfoItem::Start => writer.cursor_of(page, sorted, rows.first())?,
                        InfoItem::End => writer.cursor_of(page, sorted, rows.last())?,
                    }
                    Ok(())
                })?,
                PageItem::Count => {
                    let count = count.unwrap_or(Datum::Int(0));
                    scalar(&mut writer.text, Kind::Long, count)
                        .map_err(|error| writer.broken(&error, None))?;
                }
            }
            Ok(())
        })
    }

    fn cursor_of(&mut self, page: &PageFields, sorted: &Sorted, end: Option<&Datum<'a>>) -> Result {
        if let Some(row) = end {
            return self.cursor(page, sorted, *row);
        }
        self.null();
        Ok(())
    }

    fn cursor(&mut self, page: &PageFields, sorted: &Sorted, row: Datum<'a>) -> Result {
        let cursor = page.cursor.map(|(value, id)| {
            let cells = items(row)?;
            let value = match sorted.kind {
                SortKind::Time => SortValue::Time(cells[value].time()?),
                SortKind::Text => SortValue::Text(cells[value].text()?.into_owned()),
                SortKind::Number => SortValue::Number(cells[value].long()?),
            };
            anyhow::Ok(sorted.cursor(value, cells[id].uuid()?.unwrap_or_default()))
        });
        let cursor = cursor.transpose().map_err(|error| self.broken(&error, None))?;
        string(&mut self.text, &cursor.unwrap_or_default());
        Ok(())
    }

    /// Writes an object of items that have keys.
    fn keyed<T>(
        &mut self,
        items: &'a [Keyed<T>],
        mut write: impl FnMut(&mut Self, &'a T) -> Result,
    ) -> Result {
        self.text.push(b'{');
        for (index, Keyed { key, json, item }) in items.iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            self.text.extend_from_slice(json.as_bytes());
            self.path.push(Step::Key(key));
            write(self, item)?;
            self.path.pop();
        }
        self.text.push(b'}');
        Ok(())
    }

    fn typename(&mut self, object: &str, suffix: &str) {
        self.text.push(b'"');
        self.text.extend_from_slice(object.as_bytes());
        self.text.extend_from_slice(suffix.as_bytes());
        self.text.push(b'"');
    }

    fn word(&mut self, word: &str) {
        self.typename(word, "");
    }

    fn bool(&mut self, is: bool) {
        self.text.extend_from_slice(if is { b"true" } else { b"false" });
    }

    fn null(&mut self) {
        self.text.extend_from_slice(b"null");
    }

    /// What is stored is not what can be shown.
    fn broken(&self, error: &anyhow::Error, pos: Option<Pos>) -> Stop {
        self.failed(ApiError::internal(error), pos)
    }

    fn failed(&self, error: ApiError, pos: Option<Pos>) -> Stop {
        let path = self.path.iter().map(|step| match step {
            Step::Key(key) => PathSegment::Field((*key).to_owned()),
            Step::Index(index) => PathSegment::Index(*index),
        });
        Stop::Failed(Failure { error, path: path.collect(), pos })
    }
}

/// An object that was worked out, as it is selected.
pub(super) fn shaped(object: &dyn ShownFields, fields: &ShapeFields) -> Vec<u8> {
    let mut text = Vec::new();
    shown_object(&mut text, object, fields);
    text
}

fn shown(text: &mut Vec<u8>, shown: &Shown, fields: &ShapeFields) {
    match shown {
        Shown::Null => text.extend_from_slice(b"null"),
        Shown::Text(value) => string(text, value),
        Shown::Word(word) => string(text, word),
        Shown::Int(number) => integer(text, (*number).into()),
        Shown::Digits(number) => {
            text.push(b'"');
            integer(text, *number);
            text.push(b'"');
        }
        Shown::Bool(is) => text.extend_from_slice(if *is { b"true" } else { b"false" }),
        Shown::Time(time) => moment(text, *time),
        Shown::List(items) => {
            text.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                self::shown(text, item, fields);
            }
            text.push(b']');
        }
        Shown::Object(object) => shown_object(text, &**object, fields),
    }
}

fn shown_object(text: &mut Vec<u8>, object: &dyn ShownFields, fields: &ShapeFields) {
    text.push(b'{');
    for (index, Keyed { json, item, .. }) in fields.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(json.as_bytes());
        match item {
            ShapeItem::Typename(name) => string(text, name),
            ShapeItem::Field(place, below) => shown(text, &object.field(*place), below),
        }
    }
    text.push(b'}');
}

/// Writes a value in the way of its kind.
fn scalar(text: &mut Vec<u8>, kind: Kind, value: Datum<'_>) -> anyhow::Result<()> {
    if value.is_null() {
        text.extend_from_slice(b"null");
        return Ok(());
    }
    match (kind, value) {
        // The digits that SQLite writes for the bytes of an id are those of the API, but for their case.
        (Kind::Id(prefix), Datum::Escaped(digits)) if digits.len() == Simple::LENGTH => {
            let from = text.len();
            id(text, prefix, digits);
            text[from + prefix.len()..].make_ascii_lowercase();
        }
        (Kind::Id(prefix), value) => match value.uuid()? {
            Some(uuid) => {
                id(text, prefix, uuid.simple().encode_lower(&mut [0; Simple::LENGTH]).as_bytes());
            }
            None => text.extend_from_slice(b"null"),
        },
        // What SQLite has escaped stays as it is.
        (Kind::Text, Datum::Escaped(escaped)) => {
            text.push(b'"');
            text.extend_from_slice(escaped);
            text.push(b'"');
        }
        (Kind::Text, value) => string(text, &value.text()?),
        (Kind::Int, Datum::Number(digits)) => text.extend_from_slice(digits),
        (Kind::Int | Kind::Long, value) => {
            let number = value.long()?;
            i32::try_from(number)
                .map_err(|_| anyhow::anyhow!("{number} does not fit the 32 bits of an Int"))?;
            integer(text, number);
        }
        (Kind::Digits, value) => {
            text.push(b'"');
            integer(text, value.long()?);
            text.push(b'"');
        }
        (Kind::Bool, value) => {
            text.extend_from_slice(if value.bool()? { b"true" } else { b"false" });
        }
        (Kind::Time, Datum::Escaped(stored)) if stored.ends_with(b"+00:00") => {
            // SQLite's driver writes times as the API does, but for how it says UTC.
            text.push(b'"');
            text.extend_from_slice(&stored[..stored.len() - "+00:00".len()]);
            text.extend_from_slice(b"Z\"");
        }
        (Kind::Time, value) => moment(text, value.time()?),
        (Kind::Day, value) => day(text, value.day()?),
        (Kind::Uuid | Kind::Json, _) => anyhow::bail!("{kind:?} is not for showing"),
    }
    Ok(())
}

fn id(text: &mut Vec<u8>, prefix: &str, digits: &[u8]) {
    text.push(b'"');
    text.extend_from_slice(prefix.as_bytes());
    text.push(b'_');
    text.extend_from_slice(digits);
    text.push(b'"');
}

fn integer(text: &mut Vec<u8>, number: i64) {
    let mut digits = itoa::Buffer::new();
    text.extend_from_slice(digits.format(number).as_bytes());
}

/// A moment as the API writes it.
fn moment(text: &mut Vec<u8>, time: DateTime<Utc>) {
    text.push(b'"');
    text.extend_from_slice(time.to_rfc3339_opts(SecondsFormat::AutoSi, true).as_bytes());
    text.push(b'"');
}

fn day(text: &mut Vec<u8>, day: NaiveDate) {
    text.push(b'"');
    text.extend_from_slice(day.to_string().as_bytes());
    text.push(b'"');
}

/// Text with JSON's escapes.
pub(super) fn string(text: &mut Vec<u8>, value: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        text.push(b'"');
        text.extend_from_slice(value.as_bytes());
        text.push(b'"');
    } else if serde_json::to_writer(&mut *text, value).is_err() {
        unreachable!("text can always be written to memory");
    }
}
