//! Several reads in one statement, each with its rows as one JSON text.
//!
//! A statement costs more than the few rows that it reads: a round trip to PostgreSQL, or two changes of threads on
//! SQLite, whose driver also copies each value of each row by itself.

use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr,
    EntityTrait, Iterable, QueryResult, QueryTrait, Select,
    sea_query::{Expr, Query, SelectStatement},
};
use serde::de::DeserializeOwned;

/// Selects that are read by one statement.
pub struct Bundle {
    backend: DatabaseBackend,
    statement: SelectStatement,
    parts: usize,
}

/// One of the selects of a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Part(usize);

/// What a bundle has read.
#[derive(Debug)]
pub struct Answer(QueryResult);

impl Bundle {
    pub fn new(backend: DatabaseBackend) -> Self {
        Self { backend, statement: Query::select(), parts: 0 }
    }

    /// Adds a select of whole rows. They come in its order.
    pub fn add<E: EntityTrait>(&mut self, rows: Select<E>) -> Part {
        let rows = as_text::<E>(self.backend, rows);
        self.statement.expr(Expr::SubQuery(None, Box::new(rows.into())));
        self.parts += 1;
        Part(self.parts - 1)
    }

    /// Reads all of it; none if there is nothing to read.
    pub async fn read(self, connection: &DatabaseConnection) -> Result<Option<Answer>, DbErr> {
        if self.parts == 0 {
            Ok(None)
        } else {
            connection.query_one(&self.statement).await.map(|row| row.map(Answer))
        }
    }
}

impl Answer {
    /// The rows of a part.
    pub fn rows<M: DeserializeOwned>(&self, part: Part) -> Result<Vec<M>, DbErr> {
        let rows: Option<String> = self.0.try_get_by_index(part.0)?;
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
        return rows.all(connection).await;
    }
    let mut bundle = Bundle::new(backend);
    let part = bundle.add(rows);
    match bundle.read(connection).await? {
        Some(answer) => answer.rows(part),
        None => Ok(Vec::new()),
    }
}

/// Keys for a statement, some of them twice, so that there are few lengths: each is a statement of its own, which the
/// database prepares once.
pub fn evenly<K: Copy>(keys: &[K]) -> impl Iterator<Item = K> {
    let last = keys.last().copied();
    let more = keys.len().next_power_of_two() - keys.len();
    keys.iter().copied().chain(last.into_iter().cycle().take(more))
}

/// A select whose one value is all rows of another: a JSON array of arrays.
fn as_text<E: EntityTrait>(backend: DatabaseBackend, rows: Select<E>) -> SelectStatement {
    let (array, all) = if backend == DatabaseBackend::Sqlite {
        ("json_array", "json_group_array")
    } else {
        ("json_build_array", "json_agg")
    };
    let columns: Vec<_> = E::Column::iter().map(|column| as_json(backend, column)).collect();
    // Written out: an expression for each column would take longer to put together than the rows take to be read.
    let text = format!("CAST({all}({array}({})) AS text)", columns.join(", "));
    Query::select().expr(Expr::cust(text)).from_subquery(rows.into_query(), "row").take()
}

/// A column's value as JSON has it. PostgreSQL knows how; SQLite knows no types.
fn as_json<C: ColumnTrait>(backend: DatabaseBackend, column: C) -> String {
    let value = format!("\"row\".\"{}\"", column.as_str());
    if backend != DatabaseBackend::Sqlite {
        return value;
    }
    let definition = column.def();
    let kind = definition.get_column_type();
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
