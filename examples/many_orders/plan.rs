//! Which indexes a statement uses, as the database says.

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, Statement};

const LARGE: [&str; 3] = ["order", "order_line", "search_term"];

/// The steps of the plans that read large tables or sort, each once.
pub(crate) async fn of(
    connection: &DatabaseConnection,
    statements: &[Statement],
) -> Result<Vec<String>, DbErr> {
    let mut steps: Vec<String> = Vec::new();
    for statement in statements {
        let postgres = statement.db_backend == DatabaseBackend::Postgres;
        let explain = if postgres { "EXPLAIN (COSTS OFF)" } else { "EXPLAIN QUERY PLAN" };
        let mut explained = statement.clone();
        explained.sql = format!("{explain} {}", statement.sql);
        for row in connection.query_all_raw(explained).await? {
            let line: String = row.try_get_by_index(if postgres { 0 } else { 3 })?;
            let step = line.trim().trim_start_matches("->").trim().replace('"', "");
            if is_worth_telling(&step) && !steps.contains(&step) {
                steps.push(step);
            }
        }
    }
    Ok(steps)
}

fn is_worth_telling(step: &str) -> bool {
    reads_a_large_table(step) || step.starts_with("Sort Method") || step.starts_with("USE TEMP")
}

/// Whether a step reads a large table otherwise than by an index.
pub(crate) fn walks_a_large_table(step: &str) -> bool {
    reads_a_large_table(step) && (step.contains("Seq Scan") || step.starts_with("SCAN "))
}

fn reads_a_large_table(step: &str) -> bool {
    let mut words = step.split([' ', '(', ')']);
    let reads = step.contains("Scan") || step.starts_with("SCAN ") || step.starts_with("SEARCH ");
    reads
        && words.any(|word| {
            LARGE.contains(&word)
                || LARGE.iter().any(|table| word.starts_with(&format!("{table}_by_")))
        })
}
