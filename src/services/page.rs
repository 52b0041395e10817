//! Keyset pagination: reading a list page by page, on from a row's keyset, never by counting rows.
//!
//! A keyset is the value that the list is sorted by and the id of a row, so rows that come and go elsewhere do not
//! shift it. One statement reads a page; one row more than asked for shows whether there is another.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IdenStatic, Iterable,
    Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Value,
    sea_query::{Alias, Asterisk, ColumnRef, Expr, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::search::Search;
use crate::{clock, store::statement};

/// No cursor of ours is longer, in bytes: names have 256 characters at most.
const LONGEST_CURSOR: usize = 4096;
const USUAL_SIZE: u64 = 20;
const LARGEST_SIZE: u64 = 100;

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// What a list is sorted by. Rows with the same value follow each other by id.
#[derive(Clone, Copy, Debug)]
pub struct Sort<E: EntityTrait> {
    column: E::Column,
    id: E::Column,
    kind: Kind,
    direction: Direction,
}

/// What a sorted column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Time,
    Text,
    Number,
}

impl<E: EntityTrait> Sort<E> {
    pub fn by_time(column: E::Column, id: E::Column, direction: Direction) -> Self {
        Self { column, id, kind: Kind::Time, direction }
    }

    pub fn by_text(column: E::Column, id: E::Column, direction: Direction) -> Self {
        Self { column, id, kind: Kind::Text, direction }
    }

    pub fn by_number(column: E::Column, id: E::Column, direction: Direction) -> Self {
        Self { column, id, kind: Kind::Number, direction }
    }

    /// The same, whatever the table.
    pub fn sorted(&self) -> Sorted {
        let (column, id) = (self.column.as_str(), self.id.as_str());
        Sorted { name: self.name(), kind: self.kind, column, id }
    }

    /// Names the sort in cursors, so that none is taken for another list's.
    fn name(&self) -> String {
        let direction = match self.direction {
            Direction::Ascending => "up",
            Direction::Descending => "down",
        };
        format!("{} {} {direction}", E::default().table_name(), self.column.as_str())
    }
}

/// What a list is sorted by, whatever its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted {
    name: String,
    pub kind: Kind,
    pub column: &'static str,
    pub id: &'static str,
}

impl Sorted {
    /// The cursor of a row, as clients hold it.
    pub fn cursor(&self, value: SortValue, id: Uuid) -> String {
        write_cursor(&self.name, &Keyset { value, id })
    }
}

/// The keyset of a row: what a cursor of a sorted list holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Keyset {
    value: SortValue,
    id: Uuid,
}

/// The value that a list is sorted by, of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortValue {
    Time(DateTime<Utc>),
    Text(String),
    Number(i64),
}

impl From<SortValue> for Value {
    fn from(value: SortValue) -> Self {
        match value {
            SortValue::Time(time) => time.into(),
            SortValue::Text(text) => text.into(),
            SortValue::Number(number) => number.into(),
        }
    }
}

fn write_cursor(sort: &str, keyset: &Keyset) -> String {
    let mut text = format!("{sort}\n{}\n", keyset.id.simple());
    let written = match &keyset.value {
        SortValue::Time(time) => write!(text, "{}", time.timestamp_micros()),
        SortValue::Text(value) => text.write_str(value),
        SortValue::Number(number) => write!(text, "{number}"),
    };
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

fn read_cursor(sort: &str, kind: Kind, cursor: &str) -> Option<Keyset> {
    if cursor.len() > LONGEST_CURSOR {
        return None;
    }
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.splitn(3, '\n');
    if parts.next()? != sort {
        return None;
    }
    let id = Uuid::try_parse(parts.next()?).ok()?;
    let value = parts.next()?;
    // Anybody can write a cursor, and PostgreSQL cannot hold any time and any text.
    let value = match kind {
        Kind::Time => {
            let time = DateTime::from_timestamp_micros(value.parse().ok()?)?;
            SortValue::Time(Some(time).filter(|time| clock::can_be_written(*time))?)
        }
        Kind::Text if value.contains('\0') => return None,
        Kind::Text => SortValue::Text(value.to_owned()),
        Kind::Number => SortValue::Number(value.parse().ok()?),
    };
    Some(Keyset { value, id })
}

/// What a caller asks of a list, as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

/// Why a page cannot be read; the text says what would be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidPage {
    BothEnds,
    Size,
    Cursor(&'static str),
}

/// A stretch of a sorted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub size: u64,
    pub from_end: bool,
    after: Option<Keyset>,
    before: Option<Keyset>,
}

impl Window {
    /// The stretch that is asked for.
    pub fn read(request: &PageRequest, sort: &Sorted) -> Result<Self, InvalidPage> {
        let (size, from_end) = match (request.first, request.last) {
            (Some(_), Some(_)) => return Err(InvalidPage::BothEnds),
            (None, None) => (USUAL_SIZE, false),
            (Some(size), None) => (read_size(size)?, false),
            (None, Some(size)) => (read_size(size)?, true),
        };
        let keyset = |name, cursor: &Option<String>| match cursor {
            None => Ok(None),
            Some(cursor) => match read_cursor(&sort.name, sort.kind, cursor) {
                Some(keyset) => Ok(Some(keyset)),
                None => Err(InvalidPage::Cursor(name)),
            },
        };
        let after = keyset("after", &request.after)?;
        let before = keyset("before", &request.before)?;
        Ok(Self { size, from_end, after, before })
    }

    /// How many of the rows that were read are on the page, and whether there are others before and after it.
    pub fn cut(&self, read: usize) -> (usize, bool, bool) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = read > size;
        let on_page = read.min(size);
        // The row of a cursor lies before what follows it.
        if self.from_end {
            (on_page, more, self.before.is_some())
        } else {
            (on_page, self.after.is_some(), more)
        }
    }
}

fn read_size(size: i32) -> Result<u64, InvalidPage> {
    let size = u64::try_from(size).map_err(|_| InvalidPage::Size)?;
    if (1..=LARGEST_SIZE).contains(&size) { Ok(size) } else { Err(InvalidPage::Size) }
}

/// The rows that a page may have, for working out what a request costs before it is looked at closely.
pub fn likely_size(first: Option<i32>, last: Option<i32>) -> usize {
    let size = first.or(last).and_then(|size| usize::try_from(size).ok());
    size.unwrap_or(20).clamp(1, 100)
}

/// A list: which rows are in it, and how they are sorted.
#[derive(Clone)]
pub struct List<E: EntityTrait> {
    /// Without columns, of which most reads want a few.
    rows: Select<E>,
    sort: Sort<E>,
    alternatives: Vec<Condition>,
    along: Vec<Along>,
    search: Option<Search<E::Column>>,
}

/// Another table whose rows lead to those of a list, and hold what the list is sorted by.
#[derive(Clone, Debug)]
pub struct Along {
    /// The rows that lead to one of the list, without columns.
    pub rows: SelectStatement,
    /// What the list is sorted by.
    pub value: ColumnRef,
    /// The id of the list's row.
    pub id: ColumnRef,
    /// Whether several of its rows may lead to the same one.
    pub repeats: bool,
}

impl<E: EntityTrait> List<E> {
    pub fn new(rows: Select<E>, sort: Sort<E>) -> Self {
        let rows = rows.select_only();
        Self { rows, sort, alternatives: Vec::new(), along: Vec::new(), search: None }
    }

    /// Only rows that meet one of the conditions, no two of which a row can meet.
    ///
    /// Each is read in the order of an index of its own, and as far as the page reaches only. A plain "one of" makes
    /// the database either sort all the rows that match or walk past all those that do not.
    #[must_use]
    pub fn one_of(mut self, alternatives: Vec<Condition>) -> Self {
        self.alternatives = alternatives;
        self
    }

    /// Pages are read along an index of another table, whose rows lead to all rows of this list and to no others. Where
    /// there are several stretches of it, no two lead to the same row.
    #[must_use]
    pub fn along(mut self, stretches: Vec<Along>) -> Self {
        self.along = stretches;
        self
    }

    /// Only rows that a search finds.
    #[must_use]
    pub fn matching(mut self, search: Option<Search<E::Column>>) -> Self {
        self.search = search;
        self
    }

    /// Reads the rows of a page, in the list's order, and whether others follow it.
    pub async fn page(
        &self,
        connection: &impl ConnectionTrait,
        request: &PageRequest,
    ) -> Result<Result<(Vec<E::Model>, bool), InvalidPage>, DbErr> {
        let window = match Window::read(request, &self.sort.sorted()) {
            Ok(window) => window,
            Err(invalid) => return Ok(Err(invalid)),
        };
        let rows = self.clone().narrowed(connection).await?.rows_in(&window);
        let rows = rows.columns(E::Column::iter());
        let mut rows = statement::all(connection, rows).await?;
        let (on_page, _, follows) = window.cut(rows.len());
        rows.truncate(on_page);
        if window.from_end {
            rows.reverse();
        }
        Ok(Ok((rows, follows)))
    }

    /// The same list, with what is searched for turned into conditions.
    pub async fn narrowed(mut self, connection: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let Some(search) = self.search.take() else { return Ok(self) };
        let narrowed = search.narrow(connection).await?;
        self.rows = self.rows.filter(narrowed.condition);
        if !narrowed.beginnings.is_empty() {
            self.rows = self.rows.filter(any_of(&self.alternatives));
            self.alternatives = narrowed.beginnings;
        }
        Ok(self)
    }

    /// The rows of a window and one more, in the order in which it is read, without columns.
    fn rows_in(&self, window: &Window) -> Select<E> {
        let order = match (self.sort.direction, window.from_end) {
            (Direction::Ascending, false) | (Direction::Descending, true) => Order::Asc,
            (Direction::Descending, false) | (Direction::Ascending, true) => Order::Desc,
        };
        if let [along] = self.along.as_slice() {
            return self.rows_with(self.keys_along(along, window, &order, None), order);
        }
        if !self.along.is_empty() {
            let part = |along| self.keys_along(along, window, &order, Some("value"));
            let parts = self.along.iter().map(part).collect();
            return self.rows_with(first_ids(parts, window, &order), order);
        }
        if self.alternatives.len() < 2 {
            let rows = self.rows.clone().filter(any_of(&self.alternatives));
            return self.cut(rows, window, &order);
        }
        // The inner statements read nothing but what the index holds; only the rows of the page are fetched whole.
        self.rows_with(self.ids_of_alternatives(window, &order), order)
    }

    fn rows_with(&self, ids: SelectStatement, order: Order) -> Select<E> {
        E::find()
            .select_only()
            .filter(self.sort.id.in_subquery(ids))
            .order_by(self.sort.column, order.clone())
            .order_by(self.sort.id, order)
    }

    fn cut(&self, rows: Select<E>, window: &Window, order: &Order) -> Select<E> {
        let column = |column: E::Column| Expr::col((E::default(), column));
        rows.filter(self.stretch(window, column(self.sort.column), column(self.sort.id)))
            .order_by(self.sort.column, order.clone())
            .order_by(self.sort.id, order.clone())
            .limit(window.size + 1)
    }

    /// What says that a row lies between the cursors.
    fn stretch(&self, window: &Window, value: Expr, id: Expr) -> Condition {
        let (ahead, behind) = match self.sort.direction {
            Direction::Ascending => (&window.after, &window.before),
            Direction::Descending => (&window.before, &window.after),
        };
        let here = Expr::tuple([value, id]);
        let there = |keyset: &Keyset| {
            Expr::tuple([Expr::value(keyset.value.clone()), Expr::value(keyset.id)])
        };
        Condition::all()
            .add_option(ahead.as_ref().map(|keyset| here.clone().gt(there(keyset))))
            .add_option(behind.as_ref().map(|keyset| here.clone().lt(there(keyset))))
    }

    /// The ids of a window's rows along a stretch of another table, with what they are sorted by where that has a name.
    fn keys_along(
        &self,
        along: &Along,
        window: &Window,
        order: &Order,
        value_name: Option<&'static str>,
    ) -> SelectStatement {
        let (value, id) = (Expr::col(along.value.clone()), Expr::col(along.id.clone()));
        let mut keys = along.rows.clone();
        if let Some(name) = value_name {
            keys.expr_as(value.clone(), name);
        }
        keys.expr_as(id.clone(), "id")
            .cond_where(self.reach(window, &value))
            .cond_where(self.stretch(window, value.clone(), id.clone()));
        if along.repeats {
            keys.add_group_by([value.clone(), id.clone()]);
        }
        keys.order_by_expr(value, order.clone())
            .order_by_expr(id, order.clone())
            .limit(window.size + 1)
            .to_owned()
    }

    /// What says the same of the value alone: where value and id are in two tables, only this is found along an index.
    fn reach(&self, window: &Window, value: &Expr) -> Condition {
        let (ahead, behind) = match self.sort.direction {
            Direction::Ascending => (&window.after, &window.before),
            Direction::Descending => (&window.before, &window.after),
        };
        let at = |keyset: &Keyset| Expr::value(keyset.value.clone());
        Condition::all()
            .add_option(ahead.as_ref().map(|keyset| value.clone().gte(at(keyset))))
            .add_option(behind.as_ref().map(|keyset| value.clone().lte(at(keyset))))
    }

    fn ids_of_alternatives(&self, window: &Window, order: &Order) -> SelectStatement {
        let keys = |alternative: &Condition| {
            let rows = self.rows.clone().filter(alternative.clone());
            self.cut(rows, window, order)
                .column_as(self.sort.column, "value")
                .column_as(self.sort.id, "id")
                .into_query()
        };
        first_ids(self.alternatives.iter().map(keys).collect(), window, order)
    }
}

/// The first ids of a window, of parts that have the first of theirs each, as `value` and `id`.
fn first_ids(parts: Vec<SelectStatement>, window: &Window, order: &Order) -> SelectStatement {
    let (value, id) = (Alias::new("value"), Alias::new("id"));
    // SQLite takes no limit within a union, but one within a subquery.
    let part = |keys| Query::select().column(Asterisk).from_subquery(keys, "part").to_owned();
    let all = parts
        .into_iter()
        .map(part)
        .reduce(|mut all, part| all.union(UnionType::All, part).to_owned())
        .unwrap_or_default();
    Query::select()
        .column(id.clone())
        .from_subquery(all, "parts")
        .order_by(value, order.clone())
        .order_by(id, order.clone())
        .limit(window.size + 1)
        .to_owned()
}

/// A list, whatever its table. What is searched for has been turned into conditions.
pub trait Paged: Send + Sync {
    fn sorted(&self) -> Sorted;

    /// The rows of a window and one more, in the order in which it is read, without columns.
    fn rows_in(&self, window: &Window) -> SelectStatement;

    /// All its rows, without columns.
    fn all(&self) -> SelectStatement;
}

impl<E: EntityTrait> Paged for List<E> {
    fn sorted(&self) -> Sorted {
        self.sort.sorted()
    }

    fn rows_in(&self, window: &Window) -> SelectStatement {
        debug_assert!(self.search.is_none(), "what is searched for was turned into conditions");
        Self::rows_in(self, window).into_query()
    }

    fn all(&self) -> SelectStatement {
        self.rows.clone().filter(any_of(&self.alternatives)).into_query()
    }
}

fn any_of(alternatives: &[Condition]) -> Condition {
    if alternatives.is_empty() {
        return Condition::all();
    }
    alternatives.iter().cloned().fold(Condition::any(), Condition::add)
}

#[cfg(test)]
mod tests {
    use entity::{OrderStatus, order};
    use sea_orm::DatabaseBackend;

    use super::*;

    fn newest_first() -> Sort<order::Entity> {
        Sort::by_time(order::Column::CreatedAt, order::Column::Id, Direction::Descending)
    }

    fn keyset() -> Keyset {
        let time = DateTime::from_timestamp_micros(1_772_357_400_123_456).unwrap();
        Keyset { value: SortValue::Time(time), id: Uuid::from_u128(7) }
    }

    #[test]
    fn a_cursor_survives_the_trip_to_the_client_and_back() {
        let cursor = write_cursor("s", &keyset());
        assert_eq!(read_cursor("s", Kind::Time, &cursor), Some(keyset()));
        let named = Keyset { value: SortValue::Text("a\nb".to_owned()), id: Uuid::from_u128(1) };
        assert_eq!(read_cursor("s", Kind::Text, &write_cursor("s", &named)), Some(named));
    }

    #[test]
    fn a_cursor_whose_value_no_row_can_have_is_refused() {
        let cursor = |value: &str| {
            let keyset = Keyset { value: SortValue::Text(value.to_owned()), id: Uuid::nil() };
            write_cursor("s", &keyset)
        };
        assert_eq!(read_cursor("s", Kind::Text, &cursor("a\0b")), None);
        let longest = "\u{10ffff}".repeat(256);
        assert!(read_cursor("s", Kind::Text, &cursor(&longest)).is_some());
        assert_eq!(read_cursor("s", Kind::Text, &cursor(&longest.repeat(3))), None);
        let year = |year: i64| cursor(&((year - 1970) * 31_557_600 * 1_000_000).to_string());
        for (number, can_be) in
            [(-4800, false), (-1, false), (9, true), (9990, true), (10_010, false)]
        {
            assert_eq!(read_cursor("s", Kind::Time, &year(number)).is_some(), can_be, "{number}");
        }
        for wrong in ["", "1.5", "99999999999999999999"] {
            assert_eq!(read_cursor("s", Kind::Time, &cursor(wrong)), None, "{wrong}");
            assert_eq!(read_cursor("s", Kind::Number, &cursor(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn a_cursor_of_another_sort_is_refused() {
        let cursor = write_cursor(&newest_first().name(), &keyset());
        let request = PageRequest { after: Some(cursor), ..PageRequest::default() };
        assert!(Window::read(&request, &newest_first().sorted()).is_ok());
        let oldest_first = Sort { direction: Direction::Ascending, ..newest_first() };
        assert_eq!(
            Window::read(&request, &oldest_first.sorted()),
            Err(InvalidPage::Cursor("after"))
        );
    }

    #[test]
    fn a_page_is_taken_from_one_end_and_has_1_to_100_rows() {
        let read = |first, last| {
            let request = PageRequest { first, last, ..PageRequest::default() };
            Window::read(&request, &newest_first().sorted())
                .map(|window| (window.size, window.from_end))
        };
        assert_eq!(read(None, None), Ok((20, false)));
        assert_eq!(read(Some(100), None), Ok((100, false)));
        assert_eq!(read(None, Some(1)), Ok((1, true)));
        assert_eq!(read(Some(1), Some(1)), Err(InvalidPage::BothEnds));
        for size in [i32::MIN, -1, 0, 101, i32::MAX] {
            assert_eq!(read(Some(size), None), Err(InvalidPage::Size), "{size}");
        }
    }

    #[test]
    fn one_row_too_many_tells_that_there_is_another_page() {
        let window = |from_end, after, before| Window { size: 2, from_end, after, before };
        assert_eq!(window(false, None, None).cut(3), (2, false, true));
        assert_eq!(window(false, Some(keyset()), None).cut(1), (1, true, false));
        assert_eq!(window(true, None, None).cut(3), (2, true, false));
        assert_eq!(window(true, None, Some(keyset())).cut(2), (2, false, true));
    }

    #[test]
    fn alternatives_are_cut_one_by_one_before_they_are_put_together() {
        let statuses = [OrderStatus::Draft, OrderStatus::Failed];
        let list = List::new(order::Entity::find(), newest_first()).one_of(
            statuses.map(|status| Condition::all().add(order::Column::Status.eq(status))).to_vec(),
        );
        let window = Window { size: 1, from_end: false, after: None, before: None };
        let sql = list.rows_in(&window).build(DatabaseBackend::Sqlite).to_string();
        let part = |status| {
            format!(
                r#"SELECT * FROM (SELECT "order"."created_at" AS "value", "order"."id" AS "id" FROM "order" WHERE "order"."status" = '{status}' ORDER BY "order"."created_at" DESC, "order"."id" DESC LIMIT 2) AS "part""#
            )
        };
        let expected = format!(
            r#" "order"."id" IN (SELECT "id" FROM ({} UNION ALL {}) AS "parts" ORDER BY "value" DESC, "id" DESC LIMIT 2) ORDER BY "order"."created_at" DESC, "order"."id" DESC"#,
            part("DRAFT"),
            part("FAILED"),
        );
        assert_eq!(sql.split_once("WHERE").map(|(_, filter)| filter), Some(expected.as_str()));
    }
}
