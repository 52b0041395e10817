//! Opening connections with the settings that the promises need.

use std::time::Duration;

use anyhow::Context;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
const IDLE_IN_TRANSACTION: &str = "5s";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was used within this time is taken as alive; asking it first would double what a statement costs.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// In kibibytes, for each connection.
const SQLITE_CACHE: &str = "-16384";

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire_if_idle_for(TRUSTED_FOR)
        // A statement's text may carry personal data.
        .record_stmt_in_spans(false)
        .sqlx_logging(false);
    options
}

/// The one connection that writes. FULL, because NORMAL loses acknowledged commits in a power cut.
pub(super) async fn sqlite_writer(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = options(url, 1);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(true)
            // Set before WAL, so that a busy file does not fail the switch.
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .pragma("cache_size", SQLITE_CACHE)
            // What a savepoint may have to undo is of no use to anybody after a crash.
            .pragma("temp_store", "MEMORY")
    });
    let connection = Database::connect(options).await.context("cannot open the SQLite database")?;
    for (pragma, wanted) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let found = read_pragma(&connection, pragma).await?;
        anyhow::ensure!(
            found == wanted,
            "SQLite answers {pragma} = {found}, but {wanted} is needed to keep what is acknowledged"
        );
    }
    Ok(connection)
}

pub(super) async fn sqlite_readers(
    url: &str,
    connections: u32,
) -> anyhow::Result<DatabaseConnection> {
    let mut options = options(url, connections);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("query_only", "ON")
            .pragma("cache_size", SQLITE_CACHE)
    });
    Database::connect(options).await.context("cannot open the SQLite database for reading")
}

pub(super) async fn postgres(url: &str, connections: u32) -> anyhow::Result<DatabaseConnection> {
    let mut options = options(url, connections);
    options
        .set_application_name("ordergate")
        // A node that is paused in a transaction must not hold up the others with its locks.
        .map_sqlx_postgres_opts(|options| {
            options.options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)])
        });
    // The address may hold a password, so the error must not quote it.
    let connection =
        Database::connect(options).await.context("cannot connect to the PostgreSQL database")?;
    let durable: String = setting(&connection, "SHOW synchronous_commit").await?;
    anyhow::ensure!(
        durable != "off",
        "PostgreSQL runs with synchronous_commit = off and would lose acknowledged orders"
    );
    Ok(connection)
}

/// A replica, which may be behind. Nothing is written to it, whatever it is.
pub(super) async fn postgres_replica(
    url: &str,
    connections: u32,
) -> anyhow::Result<DatabaseConnection> {
    let mut options = options(url, connections);
    options.set_application_name("ordergate reading").map_sqlx_postgres_opts(|options| {
        options.options([("default_transaction_read_only", "on")])
    });
    Database::connect(options)
        .await
        .context("cannot connect to the PostgreSQL database to read from")
}

async fn read_pragma(connection: &DatabaseConnection, pragma: &str) -> anyhow::Result<String> {
    let row = connection.query_one_raw(statement(connection, &format!("PRAGMA {pragma}"))).await?;
    let row = row.with_context(|| format!("SQLite does not answer PRAGMA {pragma}"))?;
    match row.try_get_by_index::<String>(0) {
        Ok(text) => Ok(text),
        Err(_) => Ok(row.try_get_by_index::<i64>(0)?.to_string()),
    }
}

async fn setting(connection: &DatabaseConnection, sql: &str) -> anyhow::Result<String> {
    let row = connection.query_one_raw(statement(connection, sql)).await?;
    Ok(row.context("PostgreSQL does not answer SHOW")?.try_get_by_index(0)?)
}

fn statement(connection: &DatabaseConnection, sql: &str) -> Statement {
    Statement::from_string(connection.get_database_backend(), sql)
}
