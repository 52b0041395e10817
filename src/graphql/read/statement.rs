//! A plan as one statement of SQL: a select within a select for each relation.
//!
//! Each level is `SELECT cells FROM (the rows) AS "t3"`, and what belongs to its rows is found by `"t3"."column"`. The
//! order of rows comes from the inner select: SQLite would sort an aggregate's own ORDER BY in a table of its own.
//! Levels are JSON arrays on SQLite and records on PostgreSQL, both by position; there, each row of the root is a row of
//! the answer, because one large array of records takes three times as long.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    sync::LazyLock,
};

use domain::viewer::Viewer;
use sea_orm::{
    DatabaseBackend, ExprTrait, Statement, Value,
    sea_query::{
        Alias, Expr, PostgresQueryBuilder, QueryBuilder, SelectStatement, SqlWriter,
        SqliteQueryBuilder,
    },
};
use uuid::Uuid;

use super::{
    bound_page::BoundPage,
    plan::{CellPlan, RowPlan},
    table::{Cell, FoundBy, Kind, ObjectTable, Relation, Source},
};
use crate::{services::page::Sorted, store::statement::is_written};

/// Stands for a value of the row above in what is written as if for one row. Nobody can guess it, so that nobody can send
/// it as an id.
static ABOVE: LazyLock<Uuid> = LazyLock::new(|| Uuid::from_u128(rand::random()));

/// Stands for a value of the row above, where rows are selected as if for one row.
pub(super) fn above() -> Uuid {
    *ABOVE
}

/// Stands for an id that is not known yet. Nobody can guess it either.
static ANY_ID: LazyLock<Uuid> = LazyLock::new(|| Uuid::from_u128(rand::random()));

/// What the rows of the root are called.
const ROOT: &str = "t0";

/// The part of a statement that is the same whichever rows of the root are read: their cells, with all that is below them.
pub(super) struct Prepared {
    table: &'static ObjectTable,
    backend: DatabaseBackend,
    cells: String,
    values: Vec<Value>,
    /// The columns that the rows of the root must have.
    columns: Vec<&'static str>,
}

impl Prepared {
    /// Writes the cells of rows for a viewer, with these pages of the lists below. `sorted` says what the rows themselves are
    /// sorted by, if they are a page; `remembers`, whether of what is remembered only the ids are read.
    pub(super) fn new(
        backend: DatabaseBackend,
        viewer: &Viewer,
        row: &RowPlan,
        pages: &[BoundPage],
        sorted: Option<&Sorted>,
        remembers: bool,
    ) -> Self {
        let sql = Sql::new(backend, String::with_capacity(1024), Vec::new());
        let mut levels = Levels { sql, viewer, pages, remembers, count: 0 };
        let (columns, _) = levels.row(row, ROOT, None, sorted);
        let Sql { text: cells, values, .. } = levels.sql;
        Self { table: row.table, backend, cells, values, columns }
    }

    /// How many bytes its text has.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Reads the one row of a select, which has no columns yet.
    pub(super) fn one(&self, rows: SelectStatement) -> Statement {
        let mut sql = self.begin("SELECT ", "");
        sql.from(self.table, rows, &self.columns, ROOT);
        sql.finish()
    }

    /// Reads the one row with an id, whichever that is.
    pub(super) fn by_id(&self, viewer: &Viewer) -> ById {
        let statement = self.one(with_id(self.table, viewer, *ANY_ID));
        let mut values = statement.values.iter().flat_map(|values| &values.0);
        let place = values.position(|value| *value == Value::Uuid(Some(*ANY_ID)));
        ById { statement, place: place.expect("the statement asks for the id") }
    }

    /// Reads all rows of a select, which has no columns yet.
    pub(super) fn all(&self, rows: SelectStatement) -> Statement {
        let mut sql = match self.backend {
            DatabaseBackend::Sqlite => self.begin("SELECT json_group_array(", ")"),
            DatabaseBackend::Postgres | DatabaseBackend::MySql | _ => self.begin("SELECT ", ""),
        };
        sql.from(self.table, rows, &self.columns, ROOT);
        sql.finish()
    }

    /// Reads all rows of a select, if they are wanted, in one value, and counts those of another select.
    pub(super) fn counted(&self, rows: Option<SelectStatement>, all: SelectStatement) -> Statement {
        let mut sql = match rows {
            None => Sql::new(self.backend, "SELECT null".to_owned(), Vec::new()),
            Some(rows) => {
                let (before, after) = match self.backend {
                    DatabaseBackend::Sqlite => ("SELECT (SELECT json_group_array(", ")"),
                    DatabaseBackend::Postgres | DatabaseBackend::MySql | _ => {
                        ("SELECT ARRAY(SELECT ", "")
                    }
                };
                let mut sql = self.begin(before, after);
                sql.from(self.table, rows, &self.columns, ROOT);
                sql.text.push(')');
                sql
            }
        };
        sql.text.push_str(", ");
        sql.count(all);
        sql.finish()
    }

    /// Reads what belongs to a row that is known: its values by their columns.
    pub(super) fn known(&self, known: &[(&'static str, Value)]) -> Statement {
        let mut sql = self.begin("SELECT ", " FROM (SELECT ");
        let needed = known.iter().filter(|(column, _)| self.columns.contains(column));
        for (place, (column, value)) in needed.enumerate() {
            if place > 0 {
                sql.text.push_str(", ");
            }
            sql.param(value.clone());
            sql.push(format_args!(" AS \"{column}\""));
        }
        sql.push(format_args!(") AS \"{ROOT}\""));
        sql.finish()
    }

    fn begin(&self, before: &str, after: &str) -> Sql {
        let mut text = String::with_capacity(self.cells.len() + 512);
        text.push_str(before);
        text.push_str(&self.cells);
        text.push_str(after);
        Sql::new(self.backend, text, self.values.clone())
    }
}

/// The statement that reads one row by its id, written once.
pub(super) struct ById {
    statement: Statement,
    /// Which of its values is the id.
    place: usize,
}

impl ById {
    /// Reads the row with this id.
    pub(super) fn statement(&self, id: Uuid) -> Statement {
        let mut statement = self.statement.clone();
        if let Some(values) = &mut statement.values {
            values.0[self.place] = id.into();
        }
        statement
    }
}

/// The levels of a plan, one within the other.
struct Levels<'a> {
    sql: Sql,
    viewer: &'a Viewer,
    pages: &'a [BoundPage],
    remembers: bool,
    /// How many there are below the root.
    count: usize,
}

/// The level that a row is reached from.
struct Parent<'a> {
    alias: &'a str,
    table: &'static ObjectTable,
    /// The column of the row that has the parent's id.
    equal: Option<&'static str>,
}

/// The columns that a level reads of its own rows, and of those above.
type Needed = (Columns, Columns);
type Columns = Vec<&'static str>;

fn need(columns: &mut Columns, column: &'static str) {
    if !columns.contains(&column) {
        columns.push(column);
    }
}

impl Levels<'_> {
    /// A row, as one value.
    fn row(
        &mut self,
        row: &RowPlan,
        alias: &str,
        parent: Option<&Parent<'_>>,
        sorted: Option<&Sorted>,
    ) -> Needed {
        self.sql.text.push_str(if self.sql.is_sqlite() { "json_array(" } else { "ROW(" });
        let (mut own, mut above) = (Vec::new(), Vec::new());
        for (place, cell) in row.cells.iter().enumerate() {
            if place > 0 {
                self.sql.text.push_str(", ");
            }
            match cell {
                CellPlan::Value(cell) => self.value(cell, alias, parent, &mut own, &mut above),
                CellPlan::SortValue => {
                    let column = sorted.map_or("id", |sorted| sorted.column);
                    need(&mut own, column);
                    self.sql.column(alias, column);
                }
                CellPlan::SortId => {
                    let column = sorted.map_or("id", |sorted| sorted.id);
                    need(&mut own, column);
                    self.sql.kind(Kind::Uuid, |sql| sql.column(alias, column));
                }
                CellPlan::One(relation, below)
                    if self.remembers && below.among_own_cells().is_some() =>
                {
                    need(&mut own, relation.by);
                    self.sql.column(alias, relation.by);
                }
                CellPlan::One(relation, below) => {
                    self.relation(relation, below, alias, row.table, false, &mut own);
                }
                CellPlan::Many(relation, below) => {
                    self.relation(relation, below, alias, row.table, true, &mut own);
                }
                CellPlan::Page(number, below) => {
                    need(&mut own, "id");
                    self.page(*number, below, alias);
                }
                CellPlan::Count(number) => {
                    need(&mut own, "id");
                    let all = self.pages[*number].list.all();
                    self.below(alias, "id", |levels| levels.sql.count(all));
                }
            }
        }
        self.sql.text.push(')');
        (own, above)
    }

    fn value(
        &mut self,
        cell: &Cell,
        alias: &str,
        parent: Option<&Parent<'_>>,
        own: &mut Columns,
        above: &mut Columns,
    ) {
        match cell.of {
            Source::Own(column) => {
                need(own, column);
                self.sql.kind(cell.kind, |sql| sql.column(alias, column));
            }
            Source::Foreign { table, key, column, by } => match parent {
                Some(parent) if parent.table.name == table && parent.equal == Some(by) => {
                    need(above, column);
                    self.sql.kind(cell.kind, |sql| sql.column(parent.alias, column));
                }
                Some(_) | None => {
                    need(own, by);
                    self.sql.kind(cell.kind, |sql| {
                        sql.push(format_args!(
                            "(SELECT \"f\".\"{column}\" FROM \"{table}\" AS \"f\" \
                             WHERE \"f\".\"{key}\" = \"{alias}\".\"{by}\")"
                        ));
                    });
                }
            },
        }
    }

    /// What a relation leads to: all rows, or the one there is.
    fn relation(
        &mut self,
        relation: &Relation,
        row: &RowPlan,
        above: &str,
        table: &'static ObjectTable,
        all: bool,
        own: &mut Columns,
    ) {
        need(own, relation.by);
        let (rows, equal) = match relation.found {
            FoundBy::WithId => (with_id(row.table, self.viewer, *ABOVE), None),
            FoundBy::Of { select, equal } => (select(self.viewer, *ABOVE), equal),
        };
        if let Some((column, value)) = relation.when {
            need(own, column);
            let is_so = format_args!("CASE WHEN \"{above}\".\"{column}\" = '{value}' THEN ");
            self.sql.push(is_so);
        }
        let parent = Parent { alias: above, table, equal };
        self.below(above, relation.by, |levels| {
            for column in levels.level(row, rows, Some(&parent), None, all) {
                need(own, column);
            }
        });
        if relation.when.is_some() {
            self.sql.text.push_str(" END");
        }
    }

    fn page(&mut self, number: usize, row: &RowPlan, above: &str) {
        let pages = self.pages;
        let BoundPage { list, sorted, window } = &pages[number];
        let Ok(window) = window else {
            // Whoever writes the answer says why.
            self.sql.text.push_str("null");
            return;
        };
        let rows = list.rows_in(window);
        self.below(above, "id", |levels| {
            levels.level(row, rows, None, Some(sorted), true);
        });
    }

    /// Rows below another level: all of them, or the one there is. Gives the columns that they need of their parent.
    fn level(
        &mut self,
        row: &RowPlan,
        rows: SelectStatement,
        parent: Option<&Parent<'_>>,
        sorted: Option<&Sorted>,
        all: bool,
    ) -> Columns {
        self.count += 1;
        let alias = format!("t{}", self.count);
        let (before, after) = match (all, self.sql.is_sqlite()) {
            (false, _) => ("(SELECT ", ""),
            (true, true) => ("(SELECT json_group_array(", ")"),
            (true, false) => ("ARRAY(SELECT ", ""),
        };
        self.sql.text.push_str(before);
        let (own, above) = self.row(row, &alias, parent, sorted);
        self.sql.text.push_str(after);
        self.sql.from(row.table, rows, &own, &alias);
        self.sql.text.push(')');
        above
    }

    /// Writes something in which [`ABOVE`] stands for a column of a level.
    fn below(&mut self, alias: &str, column: &str, write: impl FnOnce(&mut Self)) {
        let inner = format!("\"{alias}\".\"{column}\"");
        let outer = std::mem::replace(&mut self.sql.above, inner);
        write(self);
        self.sql.above = outer;
    }
}

/// The row with this id, if it exists for the viewer, without columns.
pub(super) fn with_id(table: &ObjectTable, viewer: &Viewer, id: Uuid) -> SelectStatement {
    (table.visible)(viewer).and_where(id_of(table).eq(id)).take()
}

/// The column with the ids of a table's rows.
pub(super) fn id_of(table: &ObjectTable) -> Expr {
    Expr::col((Alias::new(table.name), Alias::new("id")))
}

/// A statement that is being written.
struct Sql {
    backend: DatabaseBackend,
    text: String,
    values: Vec<Value>,
    /// Which of the values, counted from 1, is an id.
    ids: HashMap<Uuid, usize>,
    /// What takes the place of [`ABOVE`].
    above: String,
}

impl Sql {
    fn new(backend: DatabaseBackend, text: String, values: Vec<Value>) -> Self {
        let ids = HashMap::with_capacity(values.len());
        let mut sql = Self { backend, text, values, ids, above: String::new() };
        (1..=sql.values.len()).for_each(|number| sql.remember_id(number));
        sql
    }

    fn is_sqlite(&self) -> bool {
        self.backend == DatabaseBackend::Sqlite
    }

    fn finish(self) -> Statement {
        let values = Some(sea_orm::Values(self.values));
        Statement { sql: self.text, values, db_backend: self.backend }
    }

    /// The inner select, with the columns that are needed.
    fn from(
        &mut self,
        table: &'static ObjectTable,
        mut rows: SelectStatement,
        columns: &[&'static str],
        alias: &str,
    ) {
        for column in columns {
            rows.column((Alias::new(table.name), Alias::new(*column)));
        }
        if columns.is_empty() {
            rows.expr(Expr::cust("1"));
        }
        self.text.push_str(" FROM (");
        self.select(&rows);
        self.push(format_args!(") AS \"{alias}\""));
    }

    fn count(&mut self, mut rows: SelectStatement) {
        rows.expr(Expr::cust("1"));
        self.text.push_str("(SELECT count(*) FROM (");
        self.select(&rows);
        self.text.push_str(") AS \"counted\")");
    }

    fn column(&mut self, alias: &str, column: &str) {
        self.push(format_args!("\"{alias}\".\"{column}\""));
    }

    /// A value in the form in which it is read.
    fn kind(&mut self, kind: Kind, value: impl FnOnce(&mut Self)) {
        let (before, after) = match kind {
            _ if !self.is_sqlite() => ("", ""),
            Kind::Id(_) | Kind::Uuid => ("hex(", ")"),
            Kind::Json => ("CAST(", " AS text)"),
            Kind::Text
            | Kind::Int
            | Kind::Long
            | Kind::Digits
            | Kind::Bool
            | Kind::Time
            | Kind::Day => ("", ""),
        };
        self.text.push_str(before);
        value(self);
        self.text.push_str(after);
    }

    fn select(&mut self, select: &SelectStatement) {
        if self.is_sqlite() {
            select.build_collect_any_into(&SqliteQueryBuilder, self);
        } else {
            select.build_collect_any_into(&PostgresQueryBuilder, self);
        }
    }

    /// Gives a value to the statement, each once: every level asks for the tenant, and perhaps for hundreds of partners.
    fn param(&mut self, value: Value) {
        let known = if let Value::Uuid(Some(id)) = &value { self.ids.get(id) } else { None };
        let number = known.copied().unwrap_or_else(|| {
            self.values.push(value);
            let number = self.values.len();
            self.remember_id(number);
            number
        });
        let placeholder = if self.is_sqlite() { '?' } else { '$' };
        self.push(format_args!("{placeholder}{number}"));
    }

    fn remember_id(&mut self, number: usize) {
        if let Some(Value::Uuid(Some(id))) = self.values.get(number - 1) {
            self.ids.insert(*id, number);
        }
    }

    fn push(&mut self, text: fmt::Arguments<'_>) {
        if self.text.write_fmt(text).is_err() {
            unreachable!("text can always be written to memory");
        }
    }
}

impl SqlWriter for Sql {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        if value == Value::Uuid(Some(*ABOVE)) {
            self.text.push_str(&self.above);
        } else if is_written(&value) {
            builder.prepare_constant(&value, &mut self.text);
        } else {
            self.param(value);
        }
    }

    fn as_writer(&mut self) -> &mut dyn fmt::Write {
        &mut self.text
    }
}

impl fmt::Write for Sql {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, types::DocumentOperations};
    use entity::TenantId;

    use super::*;
    use crate::graphql::{
        read::{
            plan::{Plan, Root},
            table::Object as _,
        },
        types::order,
    };

    fn statement(backend: DatabaseBackend, selected: &str) -> Statement {
        let document = parse_query(selected).unwrap();
        let DocumentOperations::Single(operation) = document.operations else {
            panic!("one operation")
        };
        let table = order::Table::table();
        let plan = Plan::of_object(table, &operation.node.selection_set.node).unwrap();
        let Root::Object(row, _) = &plan.root else { panic!("the plan of an object") };
        let viewer = Viewer::system(TenantId(Uuid::from_u128(1)));
        let id = with_id(table, &viewer, Uuid::from_u128(2));
        Prepared::new(backend, &viewer, row, &[], None, false).one(id)
    }

    const SELECTED: &str = "{ id number customer { name } lines { quantity net { minorUnits } } }";

    #[test]
    fn a_level_is_a_select_within_the_one_above() {
        let Statement { sql, values, .. } = statement(DatabaseBackend::Sqlite, SELECTED);
        let customer = r#"(SELECT json_array("t1"."name") FROM (SELECT "customer"."name" FROM "customer" WHERE "customer"."tenant_id" = ?1 AND "customer"."id" = "t0"."customer_id") AS "t1")"#;
        let lines = r#"(SELECT json_group_array(json_array("t2"."quantity", "t2"."net_amount", "t0"."currency")) FROM (SELECT "order_line"."quantity", "order_line"."net_amount" FROM "order_line" WHERE "order_line"."tenant_id" = ?1 AND "order_line"."order_id" = "t0"."id" ORDER BY "order_line"."line_number" ASC) AS "t2")"#;
        let order = r#"(SELECT "order"."id", "order"."number", "order"."customer_id", "order"."currency" FROM "order" WHERE "order"."tenant_id" = ?1 AND "order"."id" = ?2) AS "t0""#;
        assert_eq!(
            sql,
            format!(
                r#"SELECT json_array(hex("t0"."id"), "t0"."number", {customer}, {lines}) FROM {order}"#
            )
        );
        let [tenant, id] = [1, 2].map(|id| Value::from(Uuid::from_u128(id)));
        assert_eq!(values.unwrap().0, [tenant, id]);
    }

    #[test]
    fn postgres_answers_with_records() {
        let Statement { sql, .. } = statement(DatabaseBackend::Postgres, SELECTED);
        assert!(
            sql.starts_with(r#"SELECT ROW("t0"."id", "t0"."number", (SELECT ROW("t1"."name")"#)
        );
        assert!(sql.contains(r#"ARRAY(SELECT ROW("t2"."quantity""#), "{sql}");
        assert!(
            sql.ends_with(r#""order"."tenant_id" = $1 AND "order"."id" = $2) AS "t0""#),
            "{sql}"
        );
    }
}
