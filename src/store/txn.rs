//! A transaction that cannot be committed after a failed statement.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use entity::{TenantId, event};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr,
    EntityTrait, ExecResult, IsolationLevel, QueryResult, RuntimeErr, Statement, TransactionTrait,
    prelude::async_trait,
};

use super::{
    failure::{of_commit, unavailable},
    group_commit::{GroupCommit, WritePermit},
    sequencer::Sequencer,
};
use crate::planted::{self, Fault};

/// A statement of SQLite takes 32,766 parameters, and an event needs 23.
const EVENTS_AT_ONCE: usize = 1_000;

/// A transaction for one tenant.
///
/// A statement that fails, or that nobody waited for, poisons it: PostgreSQL rolls such a transaction back and still
/// answers `Ok` to the commit, and SQLite may have rolled it back, so that the next statement would be kept at once. So
/// there is no next statement, and [`Txn::commit`] does not get that far.
pub struct Txn {
    tenant_id: TenantId,
    poisoned: AtomicBool,
    wrote_events: AtomicBool,
    /// Events that are still to be written, by one statement.
    events: Mutex<Vec<event::ActiveModel>>,
    /// None only once it has ended.
    open: Option<Open>,
}

enum Open {
    InGroup(WritePermit),
    Alone { txn: DatabaseTransaction, sequencer: Sequencer },
}

impl Txn {
    pub(super) async fn in_group(
        commits: &Arc<GroupCommit>,
        tenant_id: TenantId,
    ) -> Result<Self, DbErr> {
        Ok(Self::opened(tenant_id, Open::InGroup(commits.enter().await?)))
    }

    pub(super) async fn alone(
        pool: &DatabaseConnection,
        sequencer: Sequencer,
        tenant_id: TenantId,
    ) -> Result<Self, DbErr> {
        let txn = begin(pool, None, None).await?;
        Ok(Self::opened(tenant_id, Open::Alone { txn, sequencer }))
    }

    fn opened(tenant_id: TenantId, open: Open) -> Self {
        Self {
            tenant_id,
            poisoned: AtomicBool::new(false),
            wrote_events: AtomicBool::new(false),
            events: Mutex::default(),
            open: Some(open),
        }
    }

    pub fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Adds an event to the tenant's log. It is written by the commit at the latest, and gets its position with it or after it.
    pub(crate) async fn add_event(&self, event: event::ActiveModel) -> Result<(), DbErr> {
        let waiting = {
            let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            events.push(event);
            events.len()
        };
        if waiting >= EVENTS_AT_ONCE { self.write_events().await } else { Ok(()) }
    }

    /// Writes the events that were added, so that statements of this transaction can read them.
    pub(crate) async fn write_events(&self) -> Result<(), DbErr> {
        let events =
            std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        if events.is_empty() {
            return Ok(());
        }
        self.wrote_events.store(true, Ordering::Relaxed);
        event::Entity::insert_many(events).exec_without_returning(self).await?;
        Ok(())
    }

    /// Does a part of the work all or not at all. If the part gives an error, be it a refusal or a failed statement,
    /// its changes and events are undone, and the transaction goes on as if the part had not been tried.
    ///
    /// An error of this function itself says that the transaction cannot go on.
    pub fn all_or_nothing<T, E>(
        &self,
        part: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<Result<T, E>, DbErr>> {
        // A part is as large as a use case, and would make each future that awaits it as large.
        let part = Box::pin(part);
        async {
            // What was recorded before is not the part's to lose.
            self.write_events().await?;
            let wrote_events = self.wrote_events.load(Ordering::Relaxed);
            // As plain statements: the driver loses count of a savepoint whose caller goes away while it begins, and
            // takes an outer one for undone.
            self.execute_unprepared("SAVEPOINT part").await?;
            let done = part.await;
            if done.is_ok() {
                // An error that the part has swallowed is still an error: the transaction stays poisoned.
                self.poison_on_error(self.inner().execute_unprepared("RELEASE SAVEPOINT part"))
                    .await?;
                return Ok(done);
            }
            let undo = "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part";
            self.poison_on_error(self.inner().execute_unprepared(undo)).await?;
            self.events.lock().unwrap_or_else(PoisonError::into_inner).clear();
            self.wrote_events.store(wrote_events, Ordering::Relaxed);
            self.poisoned.store(false, Ordering::Relaxed);
            Ok(done)
        }
    }

    /// Makes the work durable. When this returns `Ok`, it survives a crash and a power cut.
    pub async fn commit(mut self) -> Result<(), DbErr> {
        self.write_events().await?;
        self.refuse_if_poisoned()?;
        let events_of = self.wrote_events.load(Ordering::Relaxed).then_some(self.tenant_id);
        match self.open.take() {
            Some(Open::InGroup(permit)) => permit.keep(events_of).await,
            Some(Open::Alone { txn, sequencer }) => {
                let tells = events_of.is_some();
                if tells && planted::is(Fault::SwallowedError) && rand::random_ratio(1, 8) {
                    drop(txn.execute_unprepared("SELECT 1 FROM a_table_that_is_not_there").await);
                }
                if tells && planted::is(Fault::AckBeforeCommit) {
                    tokio::spawn(async move {
                        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                        txn.commit().await
                    });
                    return Ok(());
                }
                txn.commit().await.map_err(of_commit)?;
                if let Some(tenant_id) = events_of {
                    sequencer.request(tenant_id);
                }
                Ok(())
            }
            None => unreachable!("a transaction ends once"),
        }
    }

    /// Undoes the work. Dropping does the same, but does not wait for it.
    pub async fn rollback(mut self) -> Result<(), DbErr> {
        match self.open.take() {
            Some(open) => open.rollback().await,
            None => Ok(()),
        }
    }

    fn inner(&self) -> &DatabaseTransaction {
        match &self.open {
            Some(Open::InGroup(permit)) => permit.txn(),
            Some(Open::Alone { txn, .. }) => txn,
            None => unreachable!("a transaction that has ended cannot be reached"),
        }
    }

    fn refuse_if_poisoned(&self) -> Result<(), DbErr> {
        if self.poisoned.load(Ordering::Relaxed) {
            let message = "a statement of this transaction failed, so it cannot go on";
            return Err(DbErr::Exec(RuntimeErr::Internal(message.to_owned())));
        }
        Ok(())
    }

    /// Waits for a statement, unless an earlier one has poisoned the transaction.
    async fn run<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.refuse_if_poisoned()?;
        self.poison_on_error(statement).await
    }

    /// Waits for a statement, also one that ends what was poisoned.
    async fn poison_on_error<T>(
        &self,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        let running = Running(&self.poisoned);
        match statement.await {
            Ok(done) => {
                std::mem::forget(running);
                Ok(done)
            }
            Err(cause) => {
                if let Some(Open::InGroup(permit)) = &self.open {
                    permit.failed(&cause);
                }
                Err(cause)
            }
        }
    }
}

/// A statement that has not succeeded. Poisons its transaction when dropped: it has failed, or nobody waits for it.
struct Running<'a>(&'a AtomicBool);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Begins a transaction on a connection of a pool. In a task of its own: the driver forgets a transaction whose caller
/// goes away before it has begun, and the connection would go back to the pool in the middle of it.
pub(super) async fn begin(
    pool: &DatabaseConnection,
    level: Option<IsolationLevel>,
    mode: Option<AccessMode>,
) -> Result<DatabaseTransaction, DbErr> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.begin_with_config(level, mode).await })
        .await
        .unwrap_or_else(|error| Err(unavailable(format!("a transaction did not begin: {error}"))))
}

impl Open {
    async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::InGroup(permit) => permit.undo().await,
            Self::Alone { txn, .. } => txn.rollback().await,
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Txn {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.inner().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.run(self.inner().execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.run(self.inner().execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.run(self.inner().query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.run(self.inner().query_all_raw(statement)).await
    }
}
