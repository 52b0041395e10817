//! Statements that are planned once, and not again for each of their executions.
//!
//! Both databases keep a statement's plan with its text. What decides the plan has to be in the text then, and not in a
//! parameter: PostgreSQL plans anew for each value as long as that looks cheaper, which it does for a number of rows, and
//! SQLite, as it is built here (`.cargo/config.toml`), never looks at the values.

use sea_orm::{
    ColumnTrait, IntoSimpleExpr, Value,
    sea_query::{Expr, ExprTrait},
};

/// Says that a column has a value which is written into the statement. An index of some rows only is used where the
/// statement itself says which; so never for what a caller has sent.
pub fn is_exactly<C: ColumnTrait>(column: C, value: impl Into<Value>) -> Expr {
    column.into_simple_expr().eq(Expr::Constant(value.into()))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

    #[tokio::test]
    async fn sqlite_plans_without_looking_at_values() {
        let connection = Database::connect("sqlite::memory:").await.unwrap();
        let options = Statement::from_string(DbBackend::Sqlite, "PRAGMA compile_options");
        let options = connection.query_all_raw(options).await.unwrap();
        let options: Vec<String> =
            options.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert!(options.contains(&"ENABLE_QPSG".to_owned()), "{options:?}");
    }
}
