//! Several reads in one statement, each with its rows as one JSON text.
//!
//! A statement costs more than the few rows that it reads: a round trip to PostgreSQL, or two changes of threads on
//! SQLite, whose driver also copies each value of each row by itself.

use std::{
    any::TypeId,
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr,
    EntityTrait, Iterable, QueryResult, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, Asterisk, CommonTableExpression, Expr, Query, SelectStatement, WithClause},
};
use serde::de::DeserializeOwned;

use super::statement;

/// What the rows of a page are called in the statement.
const PAGE: &str = "page";

/// A page, and what depends on its rows, to be read by one statement.
pub struct Bundle {
    backend: DatabaseBackend,
    statement: SelectStatement,
    parts: usize,
}

/// One of the selects of a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Part(usize);

/// What a bundle has read beside its page.
#[derive(Debug)]
pub struct Answer(Option<QueryResult>);

/// The values that a column has in the rows of a bundle's page.
pub fn of_page<C: ColumnTrait>(column: C) -> SelectStatement {
    Query::select().column(Alias::new(column.as_str())).from(PAGE).take()
}

impl Bundle {
    pub fn new(backend: DatabaseBackend) -> Self {
        Self { backend, statement: Query::select(), parts: 0 }
    }

    /// The database that it is for.
    pub fn backend(&self) -> DatabaseBackend {
        self.backend
    }

    /// Adds a select of whole rows, which may depend on the page by [`of_page`]. They come in its order.
    pub fn add<E: EntityTrait>(&mut self, rows: Select<E>) -> Part {
        let rows = as_text::<E>(self.backend).from_subquery(whole(rows), "row").take();
        self.statement.expr(Expr::SubQuery(None, Box::new(rows.into())));
        self.parts += 1;
        Part(self.parts - 1)
    }

    /// Reads the rows of a page, in its order, and all that was added.
    pub async fn read<E>(
        mut self,
        connection: &DatabaseConnection,
        page: Select<E>,
    ) -> Result<(Vec<E::Model>, Answer), DbErr>
    where
        E: EntityTrait<Model: DeserializeOwned>,
    {
        if self.parts == 0 {
            return Ok((all(connection, page).await?, Answer(None)));
        }
        let rows = as_text::<E>(self.backend).from_as(PAGE, "row").take();
        self.statement.expr(Expr::SubQuery(None, Box::new(rows.into())));
        let page = CommonTableExpression::new()
            .table_name(PAGE)
            .query(whole(page))
            .materialized(true)
            .to_owned();
        self.statement.with_cte(WithClause::new().cte(page).to_owned());
        let read = connection.query_one_raw(statement::of(self.backend, &self.statement)).await?;
        let answer = Answer(read);
        Ok((answer.rows(Part(self.parts))?, answer))
    }
}

impl Answer {
    /// The rows of a part.
    pub fn rows<M: DeserializeOwned>(&self, part: Part) -> Result<Vec<M>, DbErr> {
        let Some(read) = &self.0 else { return Ok(Vec::new()) };
        let rows: Option<String> = read.try_get_by_index(part.0)?;
        let rows = rows.map(|rows| serde_json::from_str(&rows)).transpose();
        Ok(rows.map_err(|error| DbErr::Json(error.to_string()))?.unwrap_or_default())
    }
}

/// Reads rows in the way that is quicker on this database.
pub async fn all<E>(
    connection: &DatabaseConnection,
    rows: Select<E>,
) -> Result<Vec<E::Model>, DbErr>
where
    E: EntityTrait<Model: DeserializeOwned>,
{
    let backend = connection.get_database_backend();
    if backend != DatabaseBackend::Sqlite {
        let statement = statement::of(backend, &rows.into_query());
        return E::find().from_raw_sql(statement).all(connection).await;
    }
    let text = as_text::<E>(backend).from_subquery(whole(rows), "row").take();
    Answer(connection.query_one_raw(statement::of(backend, &text)).await?).rows(Part(0))
}

/// Keys for a statement, some of them twice, so that there are few lengths: each is a statement of its own, which the
/// database prepares once.
pub fn evenly<K: Copy>(keys: &[K]) -> impl Iterator<Item = K> {
    let last = keys.last().copied();
    let more = keys.len().next_power_of_two() - keys.len();
    keys.iter().copied().chain(last.into_iter().cycle().take(more))
}

/// The same rows with all of their columns, in fewer words.
fn whole<E: EntityTrait>(rows: Select<E>) -> SelectStatement {
    rows.select_only().into_query().column((E::default(), Asterisk)).take()
}

/// A select, from what is called "row", whose one value is all rows: a JSON array of arrays.
fn as_text<E: EntityTrait>(backend: DatabaseBackend) -> SelectStatement {
    // Written out, and once for each table: putting it together would take longer than the rows take to be read.
    static TEXTS: RwLock<BTreeMap<(TypeId, bool), &str>> = RwLock::new(BTreeMap::new());
    let key = (TypeId::of::<E>(), backend == DatabaseBackend::Sqlite);
    let known = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
    let text = known.unwrap_or_else(|| {
        let mut texts = TEXTS.write().unwrap_or_else(PoisonError::into_inner);
        texts.entry(key).or_insert_with(|| text_of::<E>(backend).leak())
    });
    Query::select().expr(Expr::cust(text)).take()
}

fn text_of<E: EntityTrait>(backend: DatabaseBackend) -> String {
    let (array, all) = if backend == DatabaseBackend::Sqlite {
        ("json_array", "json_group_array")
    } else {
        ("json_build_array", "json_agg")
    };
    let columns: Vec<_> = E::Column::iter().map(|column| as_json(backend, column)).collect();
    format!("CAST({all}({array}({})) AS text)", columns.join(", "))
}

/// A column's value as JSON has it. PostgreSQL knows how, but for the year 0000; SQLite knows no types.
fn as_json<C: ColumnTrait>(backend: DatabaseBackend, column: C) -> String {
    let value = format!("\"row\".\"{}\"", column.as_str());
    let definition = column.def();
    let kind = definition.get_column_type();
    if backend != DatabaseBackend::Sqlite {
        return if *kind == ColumnType::Date {
            with_year_zero(&value, "date '0001-01-01'", &value, "-MM-DD")
        } else if *kind == ColumnType::TimestampWithTimeZone {
            let first = "timestamptz '0001-01-01 00:00:00+00'";
            let in_utc = format!("{value} AT TIME ZONE 'UTC'");
            with_year_zero(&value, first, &in_utc, "-MM-DD\"T\"HH24:MI:SS.US\"Z\"")
        } else {
            value
        };
    }
    if *kind == ColumnType::Uuid {
        // What is NULL has no digits.
        format!("nullif(hex({value}), '')")
    } else if matches!(kind, ColumnType::Json | ColumnType::JsonBinary) {
        format!("json({value})")
    } else if *kind == ColumnType::Boolean {
        format!("CASE {value} WHEN 1 THEN json('true') WHEN 0 THEN json('false') END")
    } else {
        value
    }
}

/// PostgreSQL calls the year before the year 1 "0001 BC", which is no year of RFC 3339.
fn with_year_zero(value: &str, first_of_year_one: &str, shown: &str, rest: &str) -> String {
    format!(
        "CASE WHEN {value} < {first_of_year_one} THEN to_json('0000' || to_char({shown}, '{rest}')) \
         ELSE to_json({value}) END"
    )
}
