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

use super::{
    Watcher,
    connect::{PREPARED_SQLITE, SQLITE_CACHE},
};

/// After how many steps of its machine SQLite asks whether to go on: few, because each may wait for a disk.
const STEPS: i32 = 200;
/// How often it may ask: some milliseconds of work. A page of a hundred orders with their lines takes half of that.
const SHORT: u32 = 250;
/// For how long a statement is short at most, where its steps wait for a disk.
const SHORT_TIME: Duration = Duration::from_millis(20);
/// For how long a connection is used, as with the driver: it learns of what was counted in tables when it is opened
/// (`statistics.rs`), and holds on to its memory.
const LIFETIME: Duration = Duration::from_mins(30);

thread_local! {
    /// When the statement of this thread began, and how often SQLite has asked since.
    static BEGAN: Cell<Option<(Instant, u32)>> = const { Cell::new(None) };
}

/// The connections that short statements are run on: as many as there are threads that ask at once.
#[derive(Clone)]
pub struct ShortReads {
    connections: Arc<Connections>,
    watcher: Watcher,
}

struct Connections {
    path: PathBuf,
    /// None: closed.
    idle: Mutex<Option<Vec<Opened>>>,
}

struct Opened {
    connection: Connection,
    at: Instant,
}

/// What came of a statement.
#[derive(Debug, PartialEq, Eq)]
pub enum ShortRead {
    /// Its only row, if there is one.
    Row(Option<JsonRow>),
    /// It was given up, because it takes too long here.
    Long,
    /// It cannot be run here, whatever the reason. The driver knows why, if it cannot be run at all.
    Impossible,
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

    /// Runs a statement that reads, while nothing else runs in this thread. Unless there is a row, the driver is to run it.
    pub fn try_read(&self, statement: &Statement) -> ShortRead {
        let values = statement.values.iter().flat_map(|values| &values.0);
        let Some(values) = values.map(bound).collect::<Option<Vec<_>>>() else {
            return ShortRead::Impossible;
        };
        let Some(opened) = self.connections.take() else { return ShortRead::Impossible };
        let began = Instant::now();
        BEGAN.set(Some((began, 0)));
        let read = read(&opened.connection, &statement.sql, values);
        self.connections.give_back(opened);
        match read {
            Ok(row) => {
                let elapsed = began.elapsed();
                (self.watcher)(&metric::Info { elapsed, statement, failed: false });
                ShortRead::Row(row)
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                ShortRead::Long
            }
            Err(_) => ShortRead::Impossible,
        }
    }
}

impl fmt::Debug for ShortReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortReads").finish_non_exhaustive()
    }
}

impl Connections {
    fn idle(&self) -> MutexGuard<'_, Option<Vec<Opened>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Opened> {
        let idle = self.idle().as_mut()?.pop();
        idle.or_else(|| self.open().ok())
    }

    fn give_back(&self, opened: Opened) {
        if let Some(idle) = &mut *self.idle() {
            idle.push(opened);
            idle.retain(|opened| opened.at.elapsed() < LIFETIME);
        }
    }

    fn open(&self) -> rusqlite::Result<Opened> {
        // A file that is gone stays gone.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        // Nobody waits here for another process.
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", SQLITE_CACHE)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_SQLITE);
        connection.progress_handler(STEPS, Some(is_long))?;
        Ok(Opened { connection, at: Instant::now() })
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
#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else there is, the driver binds")]
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

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use sea_orm::{ConnectionTrait, Database, DatabaseBackend, DatabaseConnection};
    use uuid::Uuid;

    use super::*;

    struct Both {
        folder: PathBuf,
        driver: DatabaseConnection,
        short: ShortReads,
        stop: CancellationToken,
        tasks: TaskTracker,
        /// How many statements were told of.
        told: Arc<Mutex<usize>>,
    }

    impl Drop for Both {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.folder).ok();
        }
    }

    async fn both() -> Both {
        let folder = std::env::temp_dir().join(format!("ordergate-test-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.join("orders.db").display());
        let driver = Database::connect(&url).await.unwrap();
        driver.execute_unprepared("PRAGMA journal_mode = WAL").await.unwrap();
        driver.execute_unprepared("CREATE TABLE name (name text)").await.unwrap();
        let (stop, tasks, told) = (CancellationToken::new(), TaskTracker::new(), Arc::default());
        let count: Arc<Mutex<usize>> = Arc::clone(&told);
        let watcher = Arc::new(move |_: &metric::Info<'_>| *count.lock().unwrap() += 1);
        let short = ShortReads::of(&url, watcher, &tasks, &stop).unwrap();
        Both { folder, driver, short, stop, tasks, told }
    }

    fn statement(sql: &str, values: Vec<Value>) -> Statement {
        Statement::from_sql_and_values(DatabaseBackend::Sqlite, sql, values)
    }

    fn row_of(json: impl Into<Option<&'static str>>, count: impl Into<Option<i64>>) -> ShortRead {
        let json = json.into().map(str::to_owned);
        ShortRead::Row(Some(JsonRow { json, count: count.into() }))
    }

    fn count_to(number: u64) -> Statement {
        let count = format!(
            "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers \
             WHERE i < {number}) SELECT 'counted', count(*) FROM numbers"
        );
        statement(&count, Vec::new())
    }

    #[tokio::test]
    async fn values_are_those_that_the_driver_binds() {
        let both = both().await;
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let values: Vec<Value> = vec![
            true.into(),
            7_i32.into(),
            i64::MIN.into(),
            "é'\"\u{1}".into(),
            Uuid::from_u128(7).into(),
            time("2026-11-30T09:00:00Z").into(),
            time("2026-11-30T09:00:00.120Z").into(),
            time("2026-11-30T09:00:00.123456Z").into(),
        ];
        let quoted = (1..=values.len()).map(|number| format!("quote(?{number})"));
        let sql = format!("SELECT json_array({})", quoted.collect::<Vec<_>>().join(", "));
        let statement = statement(&sql, values);
        let row = both.driver.query_one_raw(statement.clone()).await.unwrap().unwrap();
        let json = row.try_get_by_index::<Option<String>>(0).unwrap();
        assert!(json.as_ref().is_some_and(|json| json.contains("123456")));
        let same = ShortRead::Row(Some(JsonRow { json, count: None }));
        assert_eq!(both.short.try_read(&statement), same);
        assert_eq!(*both.told.lock().unwrap(), 1);
    }

    #[tokio::test]
    async fn what_is_committed_is_read_and_nothing_is_written() {
        let both = both().await;
        let names = statement("SELECT name, 1 FROM name", Vec::new());
        assert_eq!(both.short.try_read(&names), ShortRead::Row(None));
        both.driver.execute_unprepared("INSERT INTO name VALUES ('Ada')").await.unwrap();
        assert_eq!(both.short.try_read(&names), row_of("Ada", 1));
        let writes = statement("INSERT INTO name VALUES ('Bob') RETURNING name", Vec::new());
        assert_eq!(both.short.try_read(&writes), ShortRead::Impossible);
        let all = statement("SELECT 'all', count(*) FROM name", Vec::new());
        assert_eq!(both.short.try_read(&all), row_of("all", 1));
    }

    #[tokio::test]
    async fn what_is_long_is_left_to_the_driver() {
        let both = both().await;
        for _ in 0..20 {
            let asked = Instant::now();
            assert_eq!(both.short.try_read(&count_to(1 << 40)), ShortRead::Long);
            assert!(asked.elapsed() < Duration::from_secs(1));
            // Each statement has all its steps, whatever the one before has used. This one asks a few times, and is over
            // before a busy machine can make it long.
            assert_eq!(both.short.try_read(&count_to(100)), row_of("counted", 100));
        }
        assert_eq!(*both.told.lock().unwrap(), 20, "the driver tells of what was left to it");
        assert_eq!(both.short.connections.idle().as_ref().map(Vec::len), Some(1));
    }

    #[tokio::test]
    async fn an_old_connection_is_opened_anew() {
        let both = both().await;
        assert_eq!(both.short.try_read(&count_to(1)), row_of("counted", 1));
        let is_idle = || both.short.connections.idle().as_ref().is_some_and(|it| !it.is_empty());
        assert!(is_idle());
        if let Some(opened) = both.short.connections.idle().iter_mut().flatten().next() {
            opened.at = Instant::now().checked_sub(LIFETIME).unwrap();
        }
        assert_eq!(both.short.try_read(&count_to(1)), row_of("counted", 1));
        assert!(!is_idle());
    }

    #[tokio::test]
    async fn nothing_is_read_once_the_database_is_closed() {
        let both = both().await;
        assert_eq!(both.short.try_read(&count_to(1)), row_of("counted", 1));
        both.stop.cancel();
        both.tasks.close();
        both.tasks.wait().await;
        assert_eq!(both.short.try_read(&count_to(1)), ShortRead::Impossible);
    }
}
