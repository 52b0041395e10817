//! Reads on connections of PostgreSQL's that are kept from one statement to the next.
//!
//! The driver's pool asks each connection that it is given back whether it is well: a message more for each statement that
//! reads, and until it is answered nobody has the connection. So whoever has read leaves the connection to whoever reads
//! next, unless the pool has none left for others. A moment later it goes back to the pool all the same.

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbErr, QueryResult, RuntimeErr, Statement, Values, metric,
    sqlx::{self, AssertSqlSafe, PgPool, Postgres, pool::PoolConnection, query_with},
};
use sea_query_sqlx::SqlxValues;
use tokio::{runtime::Handle, time::sleep};

use super::Watcher;

/// For how long a connection is kept. Where nobody reads any more, it takes up to twice as long until the pool has it back.
const MOMENT: Duration = Duration::from_millis(100);

/// Connections to read with, out of those of a pool.
#[derive(Clone)]
pub struct KeptConnections {
    pool: PgPool,
    idle: Arc<Idle>,
    watcher: Watcher,
}

/// The connections that nobody reads with now, the one that was used last at the end.
#[derive(Default)]
struct Idle(Mutex<Vec<Kept>>);

struct Kept {
    connection: PoolConnection<Postgres>,
    /// When it came from the pool.
    since: Instant,
}

impl KeptConnections {
    /// Reads with the connections of this pool.
    pub(super) fn of(connection: &DatabaseConnection, watcher: Watcher) -> Self {
        let pool = connection.get_postgres_connection_pool().clone();
        let idle = Arc::new(Idle::default());
        tokio::spawn(give_back(Arc::downgrade(&idle)));
        Self { pool, idle, watcher }
    }

    pub(super) fn watch(&mut self, watcher: Watcher) {
        self.watcher = watcher;
    }

    /// How many connections nobody reads with now.
    pub(super) fn idle(&self) -> usize {
        self.idle.kept().len()
    }

    /// All rows that a statement reads, which is one that reads only. Fails as the driver's own reading does.
    pub async fn query_all(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut kept = self.take().await?;
        let values = statement.values.clone().unwrap_or(Values(Vec::new()));
        let query = query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values));
        let began = Instant::now();
        let rows = query.fetch_all(&mut *kept.connection).await;
        let (elapsed, failed) = (began.elapsed(), rows.is_err());
        (self.watcher)(&metric::Info { elapsed, statement, failed });
        // The pool looks after a connection that has failed, and after one that nobody waited for to the end.
        let rows = rows.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))?;
        self.keep(kept);
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    async fn take(&self) -> Result<Kept, DbErr> {
        let kept = self.idle.kept().pop();
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let connection = self.pool.acquire().await.map_err(not_acquired)?;
        Ok(Kept { connection, since: Instant::now() })
    }

    /// Leaves a connection to whoever reads next. Where somebody may be waiting for one of the pool's, the pool has it.
    fn keep(&self, kept: Kept) {
        let most = self.pool.options().get_max_connections();
        let has_others = self.pool.num_idle() > 0 || self.pool.size() < most;
        let mut idle = self.idle.kept();
        if has_others && kept.is_fresh() && idle.len() < most as usize / 2 {
            idle.push(kept);
        }
    }
}

impl fmt::Debug for KeptConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptConnections").finish_non_exhaustive()
    }
}

impl Idle {
    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        // Without a runtime, nobody could give them back, which the driver answers with a panic.
        if Handle::try_current().is_err() {
            mem::forget(mem::take(&mut *self.kept()));
        }
    }
}

impl Kept {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < MOMENT
    }
}

/// The error of whoever got no connection, as the driver has it.
fn not_acquired(error: sqlx::Error) -> DbErr {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
    } else if matches!(error, sqlx::Error::PoolClosed) {
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)
    } else {
        DbErr::Conn(RuntimeErr::SqlxError(error.into()))
    }
}

/// Gives connections back to their pool that nobody reads with any more.
async fn give_back(idle: Weak<Idle>) {
    loop {
        sleep(MOMENT).await;
        let Some(idle) = idle.upgrade() else { return };
        idle.kept().retain(Kept::is_fresh);
    }
}
