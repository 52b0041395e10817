//! Statements that are planned once, and not again for each of their executions.
//!
//! Both databases keep a statement's plan with its text. What decides the plan has to be in the text then, and not in a
//! parameter: PostgreSQL plans anew for each value as long as that looks cheaper, which it does for a number of rows, and
//! SQLite, as it is built here (`.cargo/config.toml`), never looks at the values.

use std::fmt::{self, Display, Formatter, Write};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, IntoSimpleExpr, QueryTrait,
    Select, Statement, Value,
    sea_query::{
        Expr, ExprTrait, PostgresQueryBuilder, QueryBuilder, SelectStatement, SqlWriter,
        SqlWriterValues, SqliteQueryBuilder,
    },
};

/// `column = value`, with the value in the text of the statement. A partial index is used only where the text itself
/// has its condition. Never for a value that a caller has sent.
pub fn is_exactly<C: ColumnTrait>(column: C, value: impl Into<Value>) -> Expr {
    column.into_simple_expr().eq(Expr::Constant(value.into()))
}

/// Whether a value stands in the text of a statement: limits do. Nothing else is unsigned, because columns hold signed
/// numbers.
pub fn is_written(value: &Value) -> bool {
    matches!(value, Value::BigUnsigned(Some(_)))
}

/// Reads all rows of a select, with its limits in the text.
pub async fn all<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    rows: Select<E>,
) -> Result<Vec<E::Model>, DbErr> {
    let statement = of(connection.get_database_backend(), &rows.into_query());
    E::find().from_raw_sql(statement).all(connection).await
}

/// The keys, padded with repetitions to a power of two: each length is a statement of its own, which the database
/// prepares once.
pub fn evenly<K: Copy>(keys: &[K]) -> impl Iterator<Item = K> {
    let last = keys.last().copied();
    let more = keys.len().next_power_of_two() - keys.len();
    keys.iter().copied().chain(last.into_iter().cycle().take(more))
}

/// A select as a statement, with its limits in the text.
fn of(backend: DatabaseBackend, select: &SelectStatement) -> Statement {
    let writer = if backend == DatabaseBackend::Sqlite {
        write(&SqliteQueryBuilder, select)
    } else {
        write(&PostgresQueryBuilder, select)
    };
    let (sql, values) = writer.0.into_parts();
    Statement { sql, values: Some(values), db_backend: backend }
}

fn write(builder: &impl QueryBuilder, select: &SelectStatement) -> Writer {
    let (placeholder, numbered) = builder.placeholder();
    let mut writer = Writer(SqlWriterValues::new(placeholder, numbered));
    select.build_collect_any_into(builder, &mut writer);
    writer
}

/// Writes limits, and leaves every other value to a parameter.
struct Writer(SqlWriterValues);

impl SqlWriter for Writer {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, builder: &T) {
        if is_written(&value) {
            builder.prepare_constant(&value, &mut self.0);
        } else {
            self.0.push_param(value, builder);
        }
    }

    fn as_writer(&mut self) -> &mut dyn Write {
        self.0.as_writer()
    }
}

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(text)
    }
}

impl Display for Writer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use entity::order;
    use sea_orm::{Database, DbBackend, QueryFilter, QuerySelect};

    use super::*;

    #[test]
    fn a_limit_is_written_and_what_a_caller_sent_is_not() {
        let orders = order::Entity::find().select_only().column(order::Column::Version);
        let orders = orders.filter(order::Column::Version.eq(7_i64)).limit(21).into_query();
        let text = |placeholder| {
            format!(
                r#"SELECT "order"."version" FROM "order" WHERE "order"."version" = {placeholder} LIMIT 21"#
            )
        };
        for (backend, placeholder) in [(DbBackend::Sqlite, "?"), (DbBackend::Postgres, "$1")] {
            let statement = of(backend, &orders);
            assert_eq!(statement.sql, text(placeholder));
            assert_eq!(statement.values.unwrap().0, [Value::from(7_i64)]);
        }
    }

    #[tokio::test]
    async fn sqlite_is_built_as_it_has_to_be() {
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        let options = Statement::from_string(DbBackend::Sqlite, "PRAGMA compile_options");
        let options = connection.query_all_raw(options).await.unwrap();
        let options: Vec<String> =
            options.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        for option in ["ENABLE_QPSG", "MAX_LENGTH=16777216"] {
            assert!(options.iter().any(|set| set == option), "{option}: {options:?}");
        }
    }
}
