//! A plan as one statement of SQL: a select within a select for each relation.
//!
//! Each level is `SELECT cells FROM (the rows) AS "t3"`, and what belongs to its rows is found by `"t3"."column"`. The
//! order of rows comes from the inner select: SQLite would sort an aggregate's own ORDER BY in a table of its own.
//! Levels are JSON arrays on SQLite and records on PostgreSQL, both by position; there, each row of the root is a row of
//! the answer, because one large array of records takes three times as long.
//!
//! A row that is found by its id is joined: SQLite would open the table of a select anew for each row above, and
//! PostgreSQL write it as a record within the record. Its cells stand behind those of the row that leads to it, whose cell
//! for it says from which place on, or is null. What is joined is looked up row by row, so that the rows keep their order:
//! on SQLite because its index is named, on PostgreSQL because it is lateral and says itself that it has one row.

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
    joins: String,
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
        let joins = Joins::default();
        let mut levels = Levels { sql, viewer, pages, remembers, joins, count: 0 };
        let (columns, _) = levels.row(row, ROOT, None, sorted);
        let Levels {
            sql: Sql { text: cells, values, .. }, joins: Joins { text: joins, .. }, ..
        } = levels;
        Self { table: row.table, backend, cells, joins, values, columns }
    }

    /// How many bytes its text has.
    pub(super) fn len(&self) -> usize {
        self.cells.len() + self.joins.len()
    }

    /// Reads the one row of a select, which has no columns yet.
    pub(super) fn one(&self, rows: SelectStatement) -> Statement {
        let mut sql = self.begin("SELECT ", "");
        self.from(&mut sql, rows);
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
        self.from(&mut sql, rows);
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
                self.from(&mut sql, rows);
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
        sql.push(format_args!(") AS \"{ROOT}\"{}", self.joins));
        sql.finish()
    }

    fn from(&self, sql: &mut Sql, rows: SelectStatement) {
        sql.from(self.table, rows, &self.columns, ROOT);
        sql.text.push_str(&self.joins);
    }

    fn begin(&self, before: &str, after: &str) -> Sql {
        let mut text = String::with_capacity(self.len() + 512);
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
    /// What is joined to the rows of the level that is being written.
    joins: Joins,
    /// How many there are below the root.
    count: usize,
}

#[derive(Default)]
struct Joins {
    text: String,
    count: usize,
}

/// A row that is joined to another.
struct Joined {
    id: String,
    /// Its cells, and how many they are.
    cells: String,
    number: usize,
}

/// How many tables are joined to the rows of a level: databases join more, but plan few of them sooner.
const MOST_JOINS: usize = 8;

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
        let (_, needed) = self.cells(row, alias, None, parent, sorted);
        self.sql.text.push(')');
        needed
    }

    /// The cells of a row, and behind them those of the rows that are joined to it. How many there are in all. A row that is
    /// joined itself may not be there, which its id tells.
    fn cells(
        &mut self,
        row: &RowPlan,
        alias: &str,
        id_if_joined: Option<&str>,
        parent: Option<&Parent<'_>>,
        sorted: Option<&Sorted>,
    ) -> (usize, Needed) {
        let (mut own, mut above) = (Vec::new(), Vec::new());
        let (mut joined, mut count) = (String::new(), row.cells.len());
        for (place, cell) in row.cells.iter().enumerate() {
            if place > 0 {
                self.sql.text.push_str(", ");
            }
            // Below a row that is not there, whole lists would be looked through for what belongs to null: on SQLite at least.
            let if_there = id_if_joined.filter(|_| self.is_select(cell));
            if let Some(id) = if_there {
                self.sql.push(format_args!("CASE WHEN {id} IS NOT NULL THEN "));
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
                CellPlan::One(relation, below) if self.may_join(relation) => {
                    let Joined { id, cells, number } = self.join(relation, below, alias, &mut own);
                    self.sql.push(format_args!("CASE WHEN {id} IS NOT NULL THEN {count} END"));
                    if number > 0 {
                        joined += ", ";
                        joined += &cells;
                    }
                    count += number;
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
            if if_there.is_some() {
                self.sql.text.push_str(" END");
            }
        }
        self.sql.text.push_str(&joined);
        (count, (own, above))
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

    /// Whether a cell is a select of its own.
    fn is_select(&self, cell: &CellPlan) -> bool {
        match cell {
            CellPlan::Value(_) | CellPlan::SortValue | CellPlan::SortId => false,
            CellPlan::One(relation, _) => !self.may_join(relation),
            CellPlan::Many(..) | CellPlan::Page(..) | CellPlan::Count(_) => true,
        }
    }

    fn may_join(&self, relation: &Relation) -> bool {
        let with_id = matches!(relation.found, FoundBy::WithId);
        with_id && self.joins.count < MOST_JOINS
    }

    /// Joins the row that a relation leads to.
    fn join(
        &mut self,
        relation: &Relation,
        row: &RowPlan,
        above: &str,
        own: &mut Columns,
    ) -> Joined {
        need(own, relation.by);
        self.joins.count += 1;
        let alias = self.alias();
        // What is joined to it comes after it.
        let place = self.joins.text.len();
        let text = std::mem::take(&mut self.sql.text);
        let id = format!("\"{alias}\".\"id\"");
        let (number, (mut columns, _)) = self.cells(row, &alias, Some(&id), None, None);
        need(&mut columns, "id");

        let cells = std::mem::take(&mut self.sql.text);
        let by = format!("\"{above}\".\"{}\"", relation.by);
        let when = relation.when.map(|(column, value)| {
            need(own, column);
            format!("\"{above}\".\"{column}\" = '{value}'")
        });
        let join = if self.sql.is_sqlite() {
            self.sql.rows(row.table, (row.table.visible)(self.viewer), &columns);
            let rows = std::mem::take(&mut self.sql.text);
            // Where it knows of few rows, SQLite would read all of them rather than look one up.
            let from = format!("FROM \"{}\"", row.table.name);
            let index = format!("{from} INDEXED BY \"sqlite_autoindex_{}_1\"", row.table.name);
            let rows = rows.replacen(&from, &index, 1);
            let when = when.map_or(String::new(), |when| format!(" AND {when}"));
            format!(" LEFT JOIN ({rows}) AS \"{alias}\" ON {id} = {by}{when}")
        } else {
            let mut rows = with_id(row.table, self.viewer, *ABOVE).limit(1).take();
            if let Some(when) = when {
                // Asked before the table is, unlike what stands behind ON.
                rows.and_where(Expr::cust(when));
            }
            self.below(above, relation.by, |levels| levels.sql.rows(row.table, rows, &columns));
            let rows = std::mem::take(&mut self.sql.text);
            format!(" LEFT JOIN LATERAL ({rows}) AS \"{alias}\" ON true")
        };
        self.sql.text = text;
        self.joins.text.insert_str(place, &join);
        Joined { id, cells, number }
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
        let alias = self.alias();
        let (before, after) = match (all, self.sql.is_sqlite()) {
            (false, _) => ("(SELECT ", ""),
            (true, true) => ("(SELECT json_group_array(", ")"),
            (true, false) => ("ARRAY(SELECT ", ""),
        };
        let outer = std::mem::take(&mut self.joins);
        self.sql.text.push_str(before);
        let (own, above) = self.row(row, &alias, parent, sorted);
        self.sql.text.push_str(after);
        self.sql.from(row.table, rows, &own, &alias);
        self.sql.text.push_str(&self.joins.text);
        self.sql.text.push(')');
        self.joins = outer;
        above
    }

    fn alias(&mut self) -> String {
        self.count += 1;
        format!("t{}", self.count)
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
        rows: SelectStatement,
        columns: &[&'static str],
        alias: &str,
    ) {
        self.text.push_str(" FROM (");
        self.rows(table, rows, columns);
        self.push(format_args!(") AS \"{alias}\""));
    }

    fn rows(
        &mut self,
        table: &'static ObjectTable,
        mut rows: SelectStatement,
        columns: &[&'static str],
    ) {
        for column in columns {
            rows.column((Alias::new(table.name), Alias::new(*column)));
        }
        if columns.is_empty() {
            rows.expr(Expr::cust("1"));
        }
        self.select(&rows);
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
    use std::ptr;

    use async_graphql::parser::{parse_query, types::DocumentOperations};
    use domain::viewer::Scope;
    use entity::{CustomerId, PartnerId, TenantId};
    use migration::{Migrator, MigratorTrait};
    use sea_orm::{ConnectOptions, ConnectionTrait, Database};

    use super::*;
    use crate::graphql::{
        read::{
            plan::{Columns, Plan, Root},
            table::{Object as _, Shows},
        },
        types::{order, order_line},
    };

    fn sql_of(table: &'static ObjectTable, selected: &str) -> String {
        statement_of(DatabaseBackend::Sqlite, table, selected).sql
    }

    fn statement(backend: DatabaseBackend, selected: &str) -> Statement {
        statement_of(backend, order::Table::table(), selected)
    }

    fn statement_of(
        backend: DatabaseBackend,
        table: &'static ObjectTable,
        selected: &str,
    ) -> Statement {
        let document = parse_query(selected).unwrap();
        let DocumentOperations::Single(operation) = document.operations else {
            panic!("one operation")
        };
        let plan =
            Plan::of_object(table, &operation.node.selection_set.node, Columns::Selected).unwrap();
        let Root::Object(row, _) = &plan.root else { panic!("the plan of an object") };
        let viewer = Viewer::system(TenantId(Uuid::from_u128(1)));
        let id = with_id(table, &viewer, Uuid::from_u128(2));
        Prepared::new(backend, &viewer, row, &[], None, false).one(id)
    }

    const SELECTED: &str = "{ id number customer { name } lines { quantity net { minorUnits } } }";

    #[test]
    fn a_level_is_a_select_within_the_one_above_and_what_is_found_by_its_id_is_joined() {
        let Statement { sql, values, .. } = statement(DatabaseBackend::Sqlite, SELECTED);
        let customer = r#"(SELECT "customer"."name", "customer"."id" FROM "customer" INDEXED BY "sqlite_autoindex_customer_1" WHERE "customer"."tenant_id" = ?1) AS "t1" ON "t1"."id" = "t0"."customer_id""#;
        let lines = r#"(SELECT json_group_array(json_array("t2"."quantity", "t2"."net_amount", "t0"."currency")) FROM (SELECT "order_line"."quantity", "order_line"."net_amount" FROM "order_line" WHERE "order_line"."tenant_id" = ?1 AND "order_line"."order_id" = "t0"."id" ORDER BY "order_line"."line_number" ASC) AS "t2")"#;
        let order = r#"(SELECT "order"."id", "order"."number", "order"."customer_id", "order"."currency" FROM "order" WHERE "order"."tenant_id" = ?1 AND "order"."id" = ?2) AS "t0""#;
        assert_eq!(
            sql,
            format!(
                r#"SELECT json_array(hex("t0"."id"), "t0"."number", CASE WHEN "t1"."id" IS NOT NULL THEN 4 END, {lines}, "t1"."name") FROM {order} LEFT JOIN {customer}"#
            )
        );
        let [tenant, id] = [1, 2].map(|id| Value::from(Uuid::from_u128(id)));
        assert_eq!(values.unwrap().0, [tenant, id]);
    }

    #[test]
    fn what_is_joined_leads_to_more_if_it_is_there_and_more_than_a_few_are_selects() {
        let selected = "{ id subscription { id partner { id } } offer { __typename } }";
        let sql = sql_of(order_line::Table::table(), selected);
        let cells = r#"json_array(hex("t0"."id"), CASE WHEN "t1"."id" IS NOT NULL THEN 3 END, CASE WHEN "t3"."id" IS NOT NULL THEN 6 END, hex("t1"."id"), CASE WHEN "t2"."id" IS NOT NULL THEN 2 END, hex("t2"."id"))"#;
        assert!(sql.starts_with(&format!("SELECT {cells} FROM")), "{sql}");
        let ons = [r#""t1"."id" = "t0"."subscription_id""#, r#""t2"."id" = "t1"."partner_id""#];
        assert!(sql.find(ons[0]).unwrap() < sql.find(ons[1]).unwrap(), "{sql}");

        let sql = sql_of(
            order_line::Table::table(),
            "{ order { lines { id } } attempts { attemptNumber } }",
        );
        let lines = r#"CASE WHEN "t1"."id" IS NOT NULL THEN (SELECT json_group_array(json_array(hex("t2"."id")))"#;
        assert_eq!(sql.matches("CASE WHEN").count(), 2, "{sql}");
        assert!(sql.contains(lines), "{sql}");

        let many: Vec<_> = (0..12).map(|number| format!("a{number}: customer {{ id }}")).collect();
        let sql = sql_of(order::Table::table(), &format!("{{ {} }}", many.join(" ")));
        assert_eq!(sql.matches("LEFT JOIN").count(), MOST_JOINS);
        assert_eq!(sql.matches("(SELECT json_array(hex(").count(), 12 - MOST_JOINS);
    }

    #[tokio::test]
    async fn what_is_joined_is_looked_up_by_its_id_whoever_asks() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let connection = Database::connect(options).await.unwrap();
        Migrator::up(&connection, None).await.unwrap();
        connection.execute_unprepared("ANALYZE").await.unwrap();
        let partners = vec![PartnerId(Uuid::from_u128(3))];
        let scopes = [
            Scope::Tenant,
            Scope::Partner { own: partners[0], partners },
            Scope::Customer { own: CustomerId(Uuid::from_u128(4)), partner: None },
        ];
        let id = || CellPlan::Value(Cell { of: Source::Own("id"), kind: Kind::Uuid });
        let relations = relations();
        assert!(relations.len() > 50, "{}", relations.len());
        // Whether it knows of no rows, or of so few that it might as well read all.
        for count in [None, Some(1), Some(20)] {
            let count = count.map_or("DELETE FROM sqlite_stat1".to_owned(), |count| {
                format!(
                    "INSERT INTO sqlite_stat1 SELECT tbl_name, name, '{count} {count} 1 1' \
                     FROM sqlite_schema WHERE type = 'index'"
                )
            });
            connection
                .execute_unprepared(&format!("{count}; ANALYZE sqlite_schema"))
                .await
                .unwrap();
            for ((table, relation), scope) in
                relations.iter().flat_map(|it| scopes.iter().map(move |scope| (it, scope)))
            {
                let target = (relation.table)();
                let below = RowPlan { table: target, cells: vec![id()] };
                let row = RowPlan { table, cells: vec![CellPlan::One(relation, below)] };
                let tenant_id = TenantId(Uuid::from_u128(1));
                let viewer = Viewer { scope: scope.clone(), ..Viewer::system(tenant_id) };
                let prepared =
                    Prepared::new(DatabaseBackend::Sqlite, &viewer, &row, &[], None, false);
                let mut statement = prepared.one((table.visible)(&viewer));
                statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
                let steps = connection.query_all_raw(statement).await.unwrap();
                let steps: Vec<String> =
                    steps.iter().map(|step| step.try_get("", "detail").unwrap()).collect();
                let by_id = format!(
                    "SEARCH {0} USING INDEX sqlite_autoindex_{0}_1 (id=?) LEFT-JOIN",
                    target.name
                );
                let found = steps.iter().filter(|step| **step == by_id).count();
                assert_eq!(found, 1, "{} of {}: {count}: {steps:#?}", target.name, table.name);
            }
        }
    }

    #[test]
    fn sums_that_are_kept_are_read_without_the_lines_that_they_are_of() {
        let sql = |selected| sql_of(order::Table::table(), selected);
        let kept = sql("{ totals { net { minorUnits } __typename gross { currency } } }");
        assert!(!kept.contains("order_line") && kept.contains("gross_amount"), "{kept}");
        let each = sql("{ totals { net { minorUnits } taxes { basisPoints } } }");
        assert!(each.contains("order_line") && !each.contains("gross_amount"), "{each}");
    }

    /// The relations that lead from the tables of the schema to a row by its id.
    fn relations() -> Vec<(&'static ObjectTable, &'static Relation)> {
        let mut tables = vec![order::Table::table()];
        let mut relations = Vec::new();
        let mut known = 0;
        while let Some(table) = tables.get(known).copied() {
            known += 1;
            for field in &table.fields {
                let below = match &field.shows {
                    Shows::One(relation) | Shows::Many(relation) => {
                        if matches!(relation.found, FoundBy::WithId) {
                            relations.push((table, relation));
                        }
                        (relation.table)()
                    }
                    Shows::Page(list) => (list.table)(),
                    Shows::Column(_) | Shows::Made(_) => continue,
                };
                if !tables.iter().any(|table| ptr::eq(*table, below)) {
                    tables.push(below);
                }
            }
        }
        relations
    }

    #[test]
    fn postgres_answers_with_records_and_looks_up_what_is_joined_row_by_row() {
        let Statement { sql, .. } = statement(DatabaseBackend::Postgres, SELECTED);
        let cells = r#"SELECT ROW("t0"."id", "t0"."number", CASE WHEN "t1"."id" IS NOT NULL THEN 4 END, ARRAY(SELECT ROW("t2"."quantity""#;
        assert!(sql.starts_with(cells), "{sql}");
        let customer = r#"(SELECT "customer"."name", "customer"."id" FROM "customer" WHERE "customer"."tenant_id" = $1 AND "customer"."id" = "t0"."customer_id" LIMIT 1) AS "t1" ON true"#;
        let order = r#""order"."tenant_id" = $1 AND "order"."id" = $2) AS "t0""#;
        assert!(sql.ends_with(&format!("{order} LEFT JOIN LATERAL {customer}")), "{sql}");
    }
}
