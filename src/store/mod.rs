//! Where things are kept: one interface to SQLite and PostgreSQL.
//!
//! Readers use [`Store::readers`]. Whoever writes calls [`Store::begin`], works on the [`Txn`] and calls
//! [`Txn::commit`]; when that returns `Ok`, the change is on disk. A dropped [`Txn`] leaves no trace.

pub mod backup;
mod connect;
mod failure;
mod figures;
mod group_commit;
mod health;
mod kept_connections;
mod lease;
mod migrate;
mod readiness;
mod sequencer;
mod short_reads;
pub mod statement;
mod statistics;
mod time_limit;
mod txn;

use std::sync::Arc;

use entity::TenantId;
use sea_orm::{
    AccessMode, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    SqlErr, metric,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use self::{connect::SqliteWriter, group_commit::GroupCommit, sequencer::Sequencer};
pub use self::{
    connect::{PREPARED_POSTGRES, Settings},
    failure::{answers_too_much, is_unavailable, outcome_is_unknown, took_too_long},
    figures::Statements,
    kept_connections::KeptConnections,
    lease::Lease,
    readiness::Unready,
    short_reads::{JsonRow, ShortRead, ShortReads},
    txn::Txn,
};
use crate::wakeups::Wakeups;

/// The database, and how this node writes to it.
#[derive(Clone)]
pub struct Store {
    readers: Readers,
    /// A connection that nobody can keep busy, to see whether the database answers.
    lookout: DatabaseConnection,
    statements: Arc<Statements>,
    replica: Option<Readers>,
    writer: Writer,
    wakeups: Wakeups,
    node: Uuid,
}

/// Connections to read with.
#[derive(Clone, Debug)]
pub struct Readers {
    pub connection: DatabaseConnection,
    pub quick: QuickReads,
}

/// What is quicker than the connections' own pool where a request reads what it shows.
#[derive(Clone, Debug)]
pub enum QuickReads {
    /// On SQLite, for what is short.
    Short(ShortReads),
    /// On PostgreSQL.
    Kept(KeptConnections),
}

/// What is told of each statement that has run.
type Watcher = Arc<dyn Fn(&metric::Info<'_>) + Send + Sync>;

#[derive(Clone)]
enum Writer {
    /// One connection, on which waiting transactions share a commit.
    Sqlite(Arc<GroupCommit>),
    /// A pool; positions are given right after each commit.
    Postgres(DatabaseConnection, Sequencer),
}

impl Store {
    /// Opens `sqlite://…` or `postgres://…`. Runs its background work on `tasks` until `stop`, and then closes an SQLite
    /// database, so that its file is complete.
    ///
    /// Applies no migrations; see [`Store::migrate`].
    pub async fn open(
        url: &str,
        settings: &Settings,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let wakeups = Wakeups::default();
        let alone = Settings { connections: 1, ..*settings };
        let statements = Arc::new(Statements::default());
        if url.starts_with("sqlite:") {
            let (opens, writer) = SqliteWriter::create(url, settings, &statements).await?;
            if let Err(error) = statistics::gather(&writer).await {
                // What is full or cannot be written can still be read.
                tracing::warn!(%error, "could not count what the tables hold");
            }
            let mut readers = connect::sqlite_readers(url, settings).await?;
            statements.count(&mut readers);
            let lookout = connect::sqlite_readers(url, &alone).await?;
            let reading = vec![readers.clone(), lookout.clone()];
            let commits = GroupCommit::start(opens, writer, reading, wakeups.clone(), tasks, stop);
            tasks.spawn(statistics::keep(commits.clone(), stop.clone()));
            // There is one node, whichever process it is.
            let (writer, node) = (Writer::Sqlite(commits), Uuid::nil());
            let counter = Arc::new(statements.counter());
            let quick = QuickReads::Short(ShortReads::of(url, counter, tasks, stop)?);
            let (readers, replica) = (Readers { connection: readers, quick }, None);
            Ok(Self { readers, lookout, statements, replica, writer, wakeups, node })
        } else {
            let mut pool = connect::postgres(url, settings).await?;
            statements.count(&mut pool);
            let lookout = connect::postgres(url, &alone).await?;
            let sequencer = Sequencer::start(pool.clone(), wakeups.clone(), tasks, stop);
            let (writer, node) = (Writer::Postgres(pool.clone(), sequencer), Uuid::new_v4());
            let counter = Arc::new(statements.counter());
            let quick = QuickReads::Kept(KeptConnections::of(&pool, counter));
            let (readers, replica) = (Readers { connection: pool, quick }, None);
            Ok(Self { readers, lookout, statements, replica, writer, wakeups, node })
        }
    }

    /// The connections to read with. Every acknowledged change can be read here.
    pub fn readers(&self) -> &DatabaseConnection {
        &self.readers.connection
    }

    /// The same, and what is quicker; or, where what is read may lag, those of the replica, if there is one.
    pub fn readers_of(&self, may_lag: bool) -> &Readers {
        if may_lag { self.replica.as_ref().unwrap_or(&self.readers) } else { &self.readers }
    }

    /// Lets what may lag be read from a replica of the PostgreSQL database.
    pub async fn read_from(&mut self, url: &str, settings: &Settings) -> anyhow::Result<()> {
        let connection = connect::postgres_replica(url, settings).await?;
        let quick = QuickReads::Kept(KeptConnections::of(&connection, Arc::new(|_| {})));
        self.replica = Some(Readers { connection, quick });
        Ok(())
    }

    /// Tells `watcher` of each statement that runs on the connections to read with, once it has run.
    pub fn watch_readers(&mut self, watcher: impl Fn(&metric::Info<'_>) + Send + Sync + 'static) {
        let watcher = Arc::new(watcher);
        match &mut self.readers.quick {
            QuickReads::Short(short) => short.watch(watcher.clone()),
            QuickReads::Kept(kept) => kept.watch(watcher.clone()),
        }
        self.readers.connection.set_metric_callback(move |statement| watcher(statement));
    }

    /// Hints that there is something new to read or to do. A hint may be lost, never the thing itself.
    pub fn wakeups(&self) -> &Wakeups {
        &self.wakeups
    }

    /// Names this node among those that share the database, for as long as the process lives.
    pub fn node(&self) -> Uuid {
        self.node
    }

    pub fn backend(&self) -> DatabaseBackend {
        self.readers().get_database_backend()
    }

    /// Begins a transaction that writes for one tenant.
    ///
    /// On SQLite it waits for its turn: one transaction writes at a time, and must not wait for anything but the
    /// database. On PostgreSQL it is READ COMMITTED, so rows are to be locked before they are decided on.
    pub async fn begin(&self, tenant_id: TenantId) -> Result<Txn, DbErr> {
        match &self.writer {
            Writer::Sqlite(commits) => Txn::in_group(commits, tenant_id).await,
            Writer::Postgres(pool, sequencer) => {
                Txn::alone(pool, sequencer.clone(), tenant_id).await
            }
        }
    }

    /// Begins to read several things as they are at one moment.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        match self.backend() {
            DatabaseBackend::Postgres => {
                let level = Some(IsolationLevel::RepeatableRead);
                txn::begin(self.readers(), level, Some(AccessMode::ReadOnly)).await
            }
            DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => {
                txn::begin(self.readers(), None, None).await
            }
        }
    }

    /// Applies the migrations that are pending, all of them or none, and names them. Nodes take turns.
    pub async fn migrate(&self) -> anyhow::Result<Vec<String>> {
        match &self.writer {
            Writer::Sqlite(commits) => {
                let alone = commits.alone().await?;
                let applied = migrate::apply(alone.connection()).await;
                if applied.is_err() {
                    alone.give_up().await;
                }
                applied
            }
            Writer::Postgres(pool, _) => migrate::apply(pool).await,
        }
    }

    /// Gives every tenant's log another epoch, because the database is a restored copy; says how many there are.
    pub async fn renew_epochs(&self) -> Result<u64, DbErr> {
        let txn = self.begin(TenantId(Uuid::nil())).await?;
        let renewed = backup::renew_epochs(&txn).await?;
        txn.commit().await?;
        Ok(renewed)
    }

    /// The names of the migrations that the database lacks. Changes nothing. A database may have more than this
    /// program knows: migrations only add, so that the nodes of one release work on the schema of the next.
    pub async fn pending_migrations(&self) -> anyhow::Result<Vec<String>> {
        migrate::pending(self.readers()).await
    }

    /// The names of the migrations that the database has and this program does not know. There are some where a newer
    /// release has migrated it.
    pub async fn newer_migrations(&self) -> anyhow::Result<Vec<String>> {
        migrate::newer(self.readers()).await
    }
}

/// Whether a statement failed because a row with the same `column` exists already.
pub fn violates_unique(error: &DbErr, column: &str) -> bool {
    // PostgreSQL names the constraint, SQLite the columns; both texts contain the column's name.
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(text)) if text.contains(column))
}
