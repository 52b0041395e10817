//! Reads on connections of PostgreSQL's that are kept from one statement to the next.
//!
//! The driver's pool asks each connection that it is given back whether it is well: a message more for each statement that
//! reads, and until it is answered nobody has the connection. So whoever has read leaves the connection to whoever reads
//! next. Each goes back to the pool a moment after it came from there, and some stay there for everybody else.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbErr, QueryResult, RuntimeErr, Statement, Values, metric,
    sqlx::{self, AssertSqlSafe, PgPool, Postgres, pool::PoolConnection, query_with},
};
use sea_query_sqlx::SqlxValues;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{sleep, timeout},
};

use super::{Watcher, connect::ACQUIRE_TIMEOUT};

/// For how long a connection is kept. Whatever else wants it waits so long at most.
const MOMENT: Duration = Duration::from_millis(250);

/// Connections to read with, out of those of a pool.
#[derive(Clone)]
pub struct KeptConnections {
    pool: PgPool,
    shared: Arc<Shared>,
    watcher: Watcher,
}

struct Shared {
    /// One for each statement that may run at once; the others wait for their turn.
    turns: Semaphore,
    /// How many connections are kept at most.
    most: usize,
    idle: Mutex<Vec<Kept>>,
}

struct Kept {
    connection: PoolConnection<Postgres>,
    /// When it came from the pool.
    since: Instant,
}

impl KeptConnections {
    /// Reads with the connections of this pool, of which a quarter is never kept.
    pub(super) fn of(connection: &DatabaseConnection, watcher: Watcher) -> Self {
        let pool = connection.get_postgres_connection_pool().clone();
        let all = usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX);
        let most = all - (all / 4).max(1).min(all);
        let turns = Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS));
        let shared = Arc::new(Shared { turns, most, idle: Mutex::default() });
        tokio::spawn(give_back(Arc::downgrade(&shared)));
        Self { pool, shared, watcher }
    }

    pub(super) fn watch(&mut self, watcher: Watcher) {
        self.watcher = watcher;
    }

    /// How many connections nobody reads with now.
    pub(super) fn idle(&self) -> usize {
        self.shared.idle().len()
    }

    /// All rows that a statement reads, which is one that reads only. Fails as the driver's own reading does.
    pub async fn query_all(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let taken = timeout(ACQUIRE_TIMEOUT, self.take()).await;
        let (_turn, mut kept) =
            taken.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))??;
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

    /// A connection, in turn.
    async fn take(&self) -> Result<(SemaphorePermit<'_>, Kept), DbErr> {
        let turn = self.shared.turns.acquire().await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let idle = self.shared.idle().pop();
        if let Some(kept) = idle {
            return Ok((turn, kept));
        }
        let connection = self.pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
            sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            other => DbErr::Conn(RuntimeErr::SqlxError(other.into())),
        })?;
        Ok((turn, Kept { connection, since: Instant::now() }))
    }

    /// Leaves a connection to whoever reads next.
    fn keep(&self, kept: Kept) {
        let mut idle = self.shared.idle();
        if kept.is_fresh() && idle.len() < self.shared.most {
            idle.push(kept);
        }
    }
}

impl fmt::Debug for KeptConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptConnections").finish_non_exhaustive()
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_fresh(&self) -> bool {
        self.since.elapsed() < MOMENT
    }
}

/// Gives connections back to their pool that nobody reads with any more.
async fn give_back(shared: Weak<Shared>) {
    loop {
        sleep(MOMENT).await;
        let Some(shared) = shared.upgrade() else { return };
        shared.idle().retain(Kept::is_fresh);
    }
}
