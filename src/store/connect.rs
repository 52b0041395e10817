//! Opening connections with the settings that the promises need.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement,
    sqlx::{
        Connection,
        postgres::PgConnectOptions,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use super::{figures::Statements, time_limit};
use crate::planted::{self, Fault};

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
const IDLE_IN_TRANSACTION: &str = "5s";
/// A connection that was used within this time is taken as alive; checking it would double the cost of a statement.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// How many prepared statements a reading connection of SQLite caches. Each may select much, and takes memory.
pub(super) const PREPARED_SQLITE: usize = 32;
/// The same on PostgreSQL, where the statements of mutations are among them.
pub const PREPARED_POSTGRES: usize = 64;
/// In kibibytes, for each connection.
pub(super) const SQLITE_CACHE: &str = "-16384";

/// How the database is used.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many connections are open at most; on SQLite, for reading what is not short.
    pub connections: u32,
    /// The time limit of a statement. The database ends one that takes longer, because nobody waits for it any more. On
    /// SQLite, the limit of reading ones. None: no limit.
    pub longest_statement: Option<Duration>,
    /// How long SQLite waits for another process that writes.
    pub busy_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { connections: 8, longest_statement: None, busy_timeout: Duration::from_secs(5) }
    }
}

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

/// Opens the one connection that writes, again and again where it has to be.
#[derive(Clone, Debug)]
pub(super) struct SqliteWriter {
    url: String,
    busy_timeout: Duration,
    statements: Arc<Statements>,
}

impl SqliteWriter {
    /// The first connection. Makes the file if there is none.
    pub(super) async fn create(
        url: &str,
        settings: &Settings,
        statements: &Arc<Statements>,
    ) -> anyhow::Result<(Self, DatabaseConnection)> {
        let (busy_timeout, statements) = (settings.busy_timeout, statements.clone());
        let opens = Self { url: url.to_owned(), busy_timeout, statements };
        let connection = opens.connect(true).await?;
        Ok((opens, connection))
    }

    /// Another connection. A file that is gone stays gone: an empty one in its place would be believed.
    pub(super) async fn open(&self) -> anyhow::Result<DatabaseConnection> {
        self.connect(false).await
    }

    async fn connect(&self, create: bool) -> anyhow::Result<DatabaseConnection> {
        let busy_timeout = self.busy_timeout;
        let mut options = options(&self.url, 1);
        options.map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(create)
                // Set before WAL, so that a busy file does not fail the switch.
                .busy_timeout(busy_timeout)
                .journal_mode(SqliteJournalMode::Wal)
                // NORMAL loses acknowledged commits in a power cut.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .pragma("cache_size", SQLITE_CACHE)
                // What a savepoint may have to undo is of no use to anybody after a crash.
                .pragma("temp_store", "MEMORY")
        });
        in_no_transaction(&mut options);
        let mut connection =
            Database::connect(options).await.context("cannot open the SQLite database")?;
        self.statements.count(&mut connection);
        for (pragma, wanted) in
            [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")]
        {
            let found = read_pragma(&connection, pragma).await?;
            anyhow::ensure!(
                found == wanted,
                "SQLite answers {pragma} = {found}, but {wanted} is needed to keep what is acknowledged"
            );
        }
        Ok(connection)
    }
}

/// Keeps a connection out of the pool if, as far as the driver knows, a transaction on it did not end.
fn in_no_transaction(options: &mut ConnectOptions) {
    options.map_sqlx_sqlite_before_acquire(|connection, _| {
        let is_free = planted::is(Fault::FailedCommitTrusted) || !connection.is_in_transaction();
        Box::pin(async move { Ok(is_free) })
    });
}

pub(super) async fn sqlite_readers(
    url: &str,
    settings: &Settings,
) -> anyhow::Result<DatabaseConnection> {
    let busy_timeout = settings.busy_timeout;
    let mut options = options(url, settings.connections);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .busy_timeout(busy_timeout)
            .statement_cache_capacity(PREPARED_SQLITE)
            .foreign_keys(true)
            .pragma("query_only", "ON")
            .pragma("cache_size", SQLITE_CACHE)
    });
    match settings.longest_statement {
        Some(limit) => time_limit::set(&mut options, limit),
        None => in_no_transaction(&mut options),
    }
    Database::connect(options).await.context("cannot open the SQLite database for reading")
}

pub(super) async fn postgres(url: &str, settings: &Settings) -> anyhow::Result<DatabaseConnection> {
    let mut options = options(url, settings.connections);
    let limit = settings.longest_statement;
    options.set_application_name("ordergate").map_sqlx_postgres_opts(move |options| {
        // A node that is paused in a transaction must not hold up the others with its locks.
        let options =
            options.options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)]);
        limited(options, limit)
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

/// A replica, which may lag. Nothing is written to it, whatever it is.
pub(super) async fn postgres_replica(
    url: &str,
    settings: &Settings,
) -> anyhow::Result<DatabaseConnection> {
    let mut options = options(url, settings.connections);
    let limit = settings.longest_statement;
    options.set_application_name("ordergate reading").map_sqlx_postgres_opts(move |options| {
        limited(options.options([("default_transaction_read_only", "on")]), limit)
    });
    Database::connect(options)
        .await
        .context("cannot connect to the PostgreSQL database to read from")
}

fn limited(options: PgConnectOptions, limit: Option<Duration>) -> PgConnectOptions {
    let options = options.statement_cache_capacity(PREPARED_POSTGRES);
    match limit {
        Some(limit) => {
            // PostgreSQL knows no longer time than this, some 24 days.
            let milliseconds = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
            options.options([("statement_timeout", milliseconds.to_string())])
        }
        None => options,
    }
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
