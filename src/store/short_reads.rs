//! Short reads of SQLite, run where they are asked for.
//!
//! The driver runs statements in a thread for each connection. To wake it and to be woken takes as long as many a read, so
//! one that answers with JSON is tried in the thread that asks, on a connection of rusqlite's. What turns out to be long is
//! given up there, and begun anew by the driver, whose threads may take their time.

use std::{
    cell::Cell,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::SecondsFormat;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, params_from_iter,
    types::{ToSqlOutput, Value as Owned, ValueRef},
};
use sea_orm::{Statement, Value, metric, sqlx::sqlite::SqliteConnectOptions};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::connect::{PREPARED_SQLITE, SQLITE_CACHE};

/// After how many steps of its machine SQLite asks whether to go on.
const STEPS: i32 = 1_000;
/// How often it may ask: some milliseconds of work. A page of a hundred orders with their lines takes half of that.
const SHORT: u32 = 50;
/// For how long a statement is short at most, where its steps wait for a disk.
const SHORT_TIME: Duration = Duration::from_millis(20);

thread_local! {
    /// When the statement of this thread began, and how often SQLite has asked since.
    static BEGAN: Cell<Option<(Instant, u32)>> = const { Cell::new(None) };
}

/// What is told of each statement that has run.
pub(super) type Watcher = Arc<dyn Fn(&metric::Info<'_>) + Send + Sync>;

/// The connections that short statements are run on: as many as there are threads that ask at once.
#[derive(Clone)]
pub struct ShortReads {
    connections: Arc<Connections>,
    watcher: Watcher,
}

struct Connections {
    path: PathBuf,
    /// None: closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

/// The row that a statement answers with.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonRow {
    /// Its first column, a text.
    pub json: Option<String>,
    /// Its second column, a number, if there is one.
    pub count: Option<i64>,
}

impl ShortReads {
    /// Reads from the database that the driver opens at `url`, until `stop`.
    pub(super) fn of(
        url: &str,
        watcher: Watcher,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let path = url.parse::<SqliteConnectOptions>()?.get_filename().to_owned();
        let connections = Arc::new(Connections { path, idle: Mutex::new(Some(Vec::new())) });
        let (closes, stop) = (connections.clone(), stop.clone());
        tasks.spawn(async move {
            stop.cancelled().await;
            *closes.idle() = None;
        });
        Ok(Self { connections, watcher })
    }

    pub(super) fn watch(&mut self, watcher: Watcher) {
        self.watcher = watcher;
    }

    /// The only row of a statement that reads; `Some(None)` if there is none. None if the statement is not short or cannot be
    /// run here, whatever the reason: the driver runs it then, and knows why it fails.
    ///
    /// Nothing else runs in this thread meanwhile.
    pub fn try_read(&self, statement: &Statement) -> Option<Option<JsonRow>> {
        let values = statement.values.iter().flat_map(|values| &values.0);
        let values = values.map(bound).collect::<Option<Vec<_>>>()?;
        let connection = self.connections.take()?;
        let began = Instant::now();
        BEGAN.set(Some((began, 0)));
        let read = read(&connection, &statement.sql, values);
        let is_sound = match &read {
            Ok(_) => true,
            Err(error) => error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted),
        };
        if is_sound {
            self.connections.give_back(connection);
        }
        let row = read.ok()?;
        (self.watcher)(&metric::Info { elapsed: began.elapsed(), statement, failed: false });
        Some(row)
    }
}

impl fmt::Debug for ShortReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortReads").finish_non_exhaustive()
    }
}

impl Connections {
    fn idle(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Connection> {
        let idle = self.idle().as_mut()?.pop();
        idle.or_else(|| self.open().ok())
    }

    fn give_back(&self, connection: Connection) {
        if let Some(idle) = &mut *self.idle() {
            idle.push(connection);
        }
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        // A file that is gone stays gone.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        // Nobody waits here for another process.
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", SQLITE_CACHE)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_SQLITE);
        connection.progress_handler(STEPS, Some(is_long))?;
        Ok(connection)
    }
}

/// Whether the statement of this thread has taken too long to go on here.
fn is_long() -> bool {
    let Some((began, asked)) = BEGAN.get() else { return false };
    BEGAN.set(Some((began, asked + 1)));
    asked + 1 > SHORT || began.elapsed() > SHORT_TIME
}

fn read(
    connection: &Connection,
    sql: &str,
    values: Vec<ToSqlOutput<'_>>,
) -> rusqlite::Result<Option<JsonRow>> {
    let mut statement = connection.prepare_cached(sql)?;
    let counts = statement.column_count() > 1;
    let mut rows = statement.query(params_from_iter(values))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(JsonRow { json: row.get(0)?, count: if counts { row.get(1)? } else { None } }))
}

/// A value as the driver would bind it; none where nobody knows.
fn bound(value: &Value) -> Option<ToSqlOutput<'_>> {
    let borrowed = |value| Some(ToSqlOutput::Borrowed(value));
    match value {
        Value::Bool(Some(is)) => borrowed(ValueRef::Integer((*is).into())),
        Value::Int(Some(number)) => borrowed(ValueRef::Integer((*number).into())),
        Value::BigInt(Some(number)) => borrowed(ValueRef::Integer(*number)),
        Value::String(Some(text)) => borrowed(ValueRef::Text(text.as_bytes())),
        Value::Uuid(Some(id)) => borrowed(ValueRef::Blob(id.as_bytes())),
        Value::ChronoDateTimeUtc(Some(time)) => {
            let text = time.to_rfc3339_opts(SecondsFormat::AutoSi, false);
            Some(ToSqlOutput::Owned(Owned::Text(text)))
        }
        _ => None,
    }
}
