//! Where things are kept: one interface to SQLite and PostgreSQL.
//!
//! Readers use [`Store::readers`]. Whoever writes calls [`Store::begin`], works on the [`Txn`] and calls
//! [`Txn::commit`]; when that returns `Ok`, the change is on disk. A dropped [`Txn`] leaves no trace.

pub mod bundle;
mod connect;
mod figures;
mod group_commit;
mod lease;
mod migrate;
mod sequencer;
pub mod statement;
mod statistics;
mod txn;

use std::sync::Arc;

use entity::TenantId;
use sea_orm::{DatabaseBackend, DatabaseConnection, DbErr, RuntimeErr, SqlErr, metric, sqlx};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

pub use self::{figures::Statements, lease::Lease, txn::Txn};
use self::{group_commit::GroupCommit, sequencer::Sequencer};
use crate::events::wakeups::Wakeups;

/// The database, and how this node writes to it.
#[derive(Clone)]
pub struct Store {
    readers: DatabaseConnection,
    statements: Arc<Statements>,
    replica: Option<DatabaseConnection>,
    writer: Writer,
    wakeups: Wakeups,
    node: Uuid,
}

#[derive(Clone)]
enum Writer {
    /// One connection, on which waiting transactions share a commit.
    Sqlite(Arc<GroupCommit>),
    /// A pool; positions are given right after each commit.
    Postgres(DatabaseConnection, Sequencer),
}

impl Store {
    /// Opens `sqlite://…` or `postgres://…`. Runs its background work on `tasks` until `stop`.
    ///
    /// Applies no migrations; see [`Store::migrate`].
    pub async fn open(
        url: &str,
        connections: u32,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let wakeups = Wakeups::default();
        let statements = Arc::new(Statements::default());
        if url.starts_with("sqlite:") {
            let mut writer = connect::sqlite_writer(url).await?;
            statements.count(&mut writer);
            statistics::gather(&writer).await?;
            let mut readers = connect::sqlite_readers(url, connections).await?;
            statements.count(&mut readers);
            tasks.spawn(statistics::keep(writer.clone(), stop.clone()));
            let writer = GroupCommit::start(writer, wakeups.clone(), tasks, stop);
            // There is one node, whichever process it is.
            let writer = Writer::Sqlite(writer);
            Ok(Self { readers, statements, replica: None, writer, wakeups, node: Uuid::nil() })
        } else {
            let mut pool = connect::postgres(url, connections).await?;
            statements.count(&mut pool);
            let sequencer = Sequencer::start(pool.clone(), wakeups.clone(), tasks, stop);
            let writer = Writer::Postgres(pool.clone(), sequencer);
            let node = Uuid::new_v4();
            Ok(Self { readers: pool, statements, replica: None, writer, wakeups, node })
        }
    }

    /// The connections to read with. What has been acknowledged can be read here.
    pub fn readers(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Lets what may lag be read from a replica of the PostgreSQL database.
    pub async fn read_from(&mut self, url: &str, connections: u32) -> anyhow::Result<()> {
        self.replica = Some(connect::postgres_replica(url, connections).await?);
        Ok(())
    }

    /// The connections to read with what need not be the latest: those of the replica, if there is one.
    pub fn lagging_readers(&self) -> &DatabaseConnection {
        self.replica.as_ref().unwrap_or(&self.readers)
    }

    /// Tells `watcher` of each statement that runs on the connections to read with, once it has run.
    pub fn watch_readers(&mut self, watcher: impl Fn(&metric::Info<'_>) + Send + Sync + 'static) {
        self.readers.set_metric_callback(watcher);
    }

    /// The connection that migrations run on.
    pub fn schema_connection(&self) -> &DatabaseConnection {
        match &self.writer {
            Writer::Sqlite(group) => group.connection(),
            Writer::Postgres(pool, _) => pool,
        }
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
        self.readers.get_database_backend()
    }

    /// Begins a transaction that writes for one tenant.
    ///
    /// On SQLite it waits for its turn: one transaction writes at a time, and must not wait for anything but the
    /// database. On PostgreSQL it is READ COMMITTED, so rows are to be locked before they are decided on.
    pub async fn begin(&self, tenant_id: TenantId) -> Result<Txn, DbErr> {
        match &self.writer {
            Writer::Sqlite(group) => Txn::in_group(group.clone(), tenant_id).await,
            Writer::Postgres(pool, sequencer) => {
                Txn::alone(pool, sequencer.clone(), tenant_id).await
            }
        }
    }

    /// Applies the migrations that are pending, all of them or none, and names them. Nodes take turns.
    pub async fn migrate(&self) -> anyhow::Result<Vec<String>> {
        migrate::apply(self.schema_connection()).await
    }

    /// The names of the migrations that the database lacks. Changes nothing. A database may have more than this
    /// program knows: migrations only add, so that the nodes of one release work on the schema of the next.
    pub async fn pending_migrations(&self) -> anyhow::Result<Vec<String>> {
        migrate::pending(&self.readers).await
    }

    /// The names of the migrations that the database has and this program does not know. There are some where a newer
    /// release has migrated it.
    pub async fn newer_migrations(&self) -> anyhow::Result<Vec<String>> {
        migrate::newer(&self.readers).await
    }

    /// Ok when the database answers and has every migration that this program knows.
    pub async fn ready(&self) -> anyhow::Result<()> {
        self.readers.ping().await?;
        let pending = self.pending_migrations().await?;
        anyhow::ensure!(pending.is_empty(), "{} migrations are pending", pending.len());
        Ok(())
    }
}

/// Whether something failed because the database could not be reached, or broke off. It may be tried again: what was
/// under way is undone, but for a commit whose answer got lost.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most kinds have nothing to do with connections"
)]
pub fn is_unavailable(cause: &anyhow::Error) -> bool {
    let Some(error) = cause.downcast_ref::<DbErr>() else { return false };
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            broke_off(error)
        }
        _ => false,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most kinds have nothing to do with connections"
)]
fn broke_off(error: &sqlx::Error) -> bool {
    /// PostgreSQL's classes of errors: connections (08), too few resources (53), intervention of an operator, such as
    /// a shutdown (57P); and a transaction that stood still for too long.
    const CODES: [&str; 4] = ["08", "53", "57P", "25P03"];
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| CODES.iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

/// Whether a statement failed because a row with the same `column` exists already.
pub fn violates_unique(error: &DbErr, column: &str) -> bool {
    // PostgreSQL names the constraint, SQLite the columns; both texts contain the column's name.
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(text)) if text.contains(column))
}
