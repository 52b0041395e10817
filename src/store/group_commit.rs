//! SQLite's one writer: transactions take turns as savepoints and share a commit, and so a disk flush.
//!
//! Whoever has the gate writes. Whoever leaves it asks the committer, which queues for the gate like everybody else:
//! those already waiting are served before it, join the same group, and are acknowledged by the same commit.
//!
//! A connection is kept only as long as it does what it says. When a BEGIN, SAVEPOINT, RELEASE, ROLLBACK or COMMIT fails,
//! what the driver believes and what SQLite has may differ, because SQLite undoes a transaction by itself when a disk is
//! full or broken. What would come next would be acknowledged by the end of a savepoint that nothing is around. So the
//! connection is closed there and then, its group gets that error, and the next one begins on a new connection.
//!
//! What opens and ends savepoints runs in tasks of its own: a caller that goes away in the middle leaves nothing open.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
    time::Duration,
};

use entity::TenantId;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::{
    runtime::Handle,
    sync::{Mutex, Notify, OwnedMutexGuard, oneshot},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connect::SqliteWriter,
    failure::{is_trouble, of_commit, unavailable, undone_with},
    health::Health,
    sequencer::assign_positions,
};
use crate::{
    planted::{self, Fault},
    wakeups::Wakeups,
};

/// The pause between two attempts to write, after one has failed.
const TRY_EVERY: Duration = Duration::from_millis(500);
/// The longest time in which a connection may close. One whose disk does not answer is left to itself.
const CLOSED_WITHIN: Duration = Duration::from_secs(3);

pub(super) struct GroupCommit {
    opens: SqliteWriter,
    gate: Arc<Mutex<OpenGroup>>,
    asked: Notify,
    health: Health,
    wakeups: Wakeups,
}

/// The gate's key.
type Group = OwnedMutexGuard<OpenGroup>;

/// The permit to write, in a savepoint of its own. Undone when dropped.
pub(super) struct WritePermit(Option<Entered>);

struct Entered {
    savepoint: DatabaseTransaction,
    group: Group,
    commits: Arc<GroupCommit>,
    /// The cause of a failed statement, if it is the database's own trouble.
    trouble: OnceLock<DbErr>,
}

/// The writer's connection, for work outside of a group.
pub(super) struct Alone(Group);

/// The transaction that a group's members share, and the members that wait for its commit.
///
/// While nobody has the gate, it holds nothing but what can be committed.
#[derive(Default)]
struct OpenGroup {
    /// None: another one is to be opened.
    connection: Option<DatabaseConnection>,
    txn: Option<DatabaseTransaction>,
    /// The tenants whose log has grown.
    tenants: BTreeSet<TenantId>,
    waiting: Vec<oneshot::Sender<Result<(), DbErr>>>,
    /// Something was certainly written, so that the commit shows that it can be.
    has_written: bool,
    /// Nobody begins anything any more.
    is_closed: bool,
}

impl GroupCommit {
    /// Works with `connection`, which `opens` has opened, until `stop`; then closes it, and `readers` before it.
    pub(super) fn start(
        opens: SqliteWriter,
        connection: DatabaseConnection,
        readers: Vec<DatabaseConnection>,
        wakeups: Wakeups,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Arc<Self> {
        let gate = OpenGroup { connection: Some(connection), ..OpenGroup::default() };
        let commits = Arc::new(Self {
            opens,
            gate: Arc::new(Mutex::new(gate)),
            asked: Notify::new(),
            health: Health::default(),
            wakeups,
        });
        tasks.spawn(commits.clone().work(readers, stop.clone()));
        commits
    }

    /// Waits for the permit to write and opens a savepoint in the open group, or in a new one.
    pub(super) async fn enter(self: &Arc<Self>) -> Result<WritePermit, DbErr> {
        self.refuse_in_trouble()?;
        let group = self.gate.clone().lock_owned().await;
        self.refuse_in_trouble()?;
        in_own_task(self.clone().open_savepoint(group)).await
    }

    /// The writer's connection, once the open group has ended and while nobody else writes.
    pub(super) async fn alone(self: &Arc<Self>) -> Result<Alone, DbErr> {
        let mut group = self.gate.clone().lock_owned().await;
        let commits = self.clone();
        in_own_task(async move {
            commits.commit(&mut group).await;
            commits.connect(&mut group).await?;
            Ok(Alone(group))
        })
        .await
    }

    /// The reason why nothing can be written now; none: a write succeeded just now.
    pub(super) async fn trouble(self: &Arc<Self>) -> Option<String> {
        if self.health.trouble().is_none() && !self.health.is_shown() {
            let commits = self.clone();
            // The outcome is seen below.
            drop(in_own_task(async move { commits.try_to_write().await }).await);
        }
        self.health.trouble()
    }

    /// Refuses to write while the disk is full or broken: the committer tries again, so callers need not.
    fn refuse_in_trouble(&self) -> Result<(), DbErr> {
        match self.health.trouble() {
            Some(because) if !planted::is(Fault::FailedCommitTrusted) => Err(unavailable(because)),
            Some(_) | None => Ok(()),
        }
    }

    async fn open_savepoint(self: Arc<Self>, mut group: Group) -> Result<WritePermit, DbErr> {
        let txn = self.begin(&mut group).await?;
        match txn.begin().await {
            Ok(savepoint) => {
                let trouble = OnceLock::new();
                Ok(WritePermit(Some(Entered { savepoint, group, commits: self, trouble })))
            }
            Err(cause) => {
                let error = undone_with(&cause);
                self.give_up(&mut group, error.clone()).await;
                Err(error)
            }
        }
    }

    /// The transaction of the open group, or of a new one.
    async fn begin<'g>(&self, group: &'g mut OpenGroup) -> Result<&'g DatabaseTransaction, DbErr> {
        if group.txn.is_none() {
            let begun = self
                .connect(group)
                .await?
                // IMMEDIATE: a deferred transaction that reads before it writes fails when another process has written.
                .begin_with_options(TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                })
                .await;
            match begun {
                Ok(txn) => group.txn = Some(txn),
                Err(cause) => {
                    let error = undone_with(&cause);
                    self.give_up(group, error.clone()).await;
                    return Err(error);
                }
            }
        }
        Ok(group.txn.as_ref().expect("a transaction was begun above"))
    }

    async fn connect<'g>(&self, group: &'g mut OpenGroup) -> Result<&'g DatabaseConnection, DbErr> {
        if group.is_closed {
            return Err(unavailable("the database was closed, because the program stops"));
        }
        if group.connection.is_none() {
            let opened = self.opens.open().await.map_err(|error| match error.downcast() {
                Ok(error) => error,
                Err(error) => unavailable(format!("{error:#}")),
            });
            match opened {
                Ok(connection) => group.connection = Some(connection),
                Err(cause) => {
                    self.health.failed(&cause);
                    return Err(undone_with(&cause));
                }
            }
        }
        Ok(group.connection.as_ref().expect("a connection was opened above"))
    }

    /// Commits the open group, if there is one, and acknowledges it to its members.
    async fn commit(&self, group: &mut OpenGroup) {
        let Some(txn) = group.txn.take() else { return };
        let outcome = async {
            for tenant_id in &group.tenants {
                assign_positions(&txn, *tenant_id).await?;
            }
            txn.commit().await.map_err(of_commit)
        }
        .await;
        if let Err(error) = outcome {
            self.give_up(group, error).await;
            return;
        }
        if std::mem::take(&mut group.has_written) {
            self.health.worked();
        }
        for tenant_id in std::mem::take(&mut group.tenants) {
            self.wakeups.log_grew(tenant_id);
        }
        for member in std::mem::take(&mut group.waiting) {
            // A member that no longer waits has gone away; its change is kept all the same.
            drop(member.send(Ok(())));
        }
    }

    /// Ends the open group with nothing kept, and its connection with it.
    async fn give_up(&self, group: &mut OpenGroup, error: DbErr) {
        if is_trouble(&error) {
            self.health.failed(&error);
        } else {
            tracing::error!(%error, "a commit was given up");
        }
        drop(group.txn.take());
        group.tenants.clear();
        group.has_written = false;
        if !planted::is(Fault::FailedCommitTrusted)
            && let Some(connection) = group.connection.take()
        {
            // When this returns, nothing of the group is left, and its lock is free.
            close(connection).await;
        }
        for member in std::mem::take(&mut group.waiting) {
            drop(member.send(Err(error.clone())));
        }
    }

    /// A probe: writes a meaningless value, to see whether anything can be written.
    async fn try_to_write(&self) -> Result<(), DbErr> {
        let mut group = self.gate.lock().await;
        let txn = self.begin(&mut group).await?;
        // Nobody reads this. It is written even if it was the same before.
        if let Err(cause) = txn.execute_unprepared("PRAGMA user_version = 1").await {
            let error = undone_with(&cause);
            self.give_up(&mut group, error.clone()).await;
            return Err(error);
        }
        group.has_written = true;
        self.commit(&mut group).await;
        Ok(())
    }

    /// The committer: commits open groups until `stop`, and then until no member waits.
    async fn work(self: Arc<Self>, readers: Vec<DatabaseConnection>, stop: CancellationToken) {
        let mut tries = interval(TRY_EVERY);
        tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = self.asked.notified() => self.commit(&mut *self.gate.lock().await).await,
                _ = tries.tick() => if self.health.trouble().is_some() {
                    // The log and the next writer see the outcome.
                    drop(self.try_to_write().await);
                },
                () = stop.cancelled() => break,
            }
        }
        let mut group = self.gate.lock().await;
        self.commit(&mut group).await;
        group.is_closed = true;
        for connection in readers {
            close(connection).await;
        }
        if let Some(connection) = group.connection.take() {
            // So that the file alone is the database. Closing does it too, but only if nobody else reads.
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            if let Err(error) = connection.execute_unprepared(checkpoint).await {
                tracing::warn!(%error, "the database's file is complete only with the -wal file beside it");
            }
            close(connection).await;
        }
    }
}

impl WritePermit {
    /// The transaction to write in.
    pub(super) fn txn(&self) -> &DatabaseTransaction {
        &self.entered().savepoint
    }

    /// Notes the cause of a failed statement.
    pub(super) fn failed(&self, cause: &DbErr) {
        if is_trouble(cause) {
            let entered = self.entered();
            entered.commits.health.failed(cause);
            entered.trouble.get_or_init(|| cause.clone());
        }
    }

    /// Returns the permit and waits until the group is on disk.
    pub(super) async fn keep(mut self, events_of: Option<TenantId>) -> Result<(), DbErr> {
        let Some(Entered { savepoint, mut group, commits, .. }) = self.0.take() else {
            unreachable!("a permit is returned once")
        };
        let (sender, outcome) = oneshot::channel();
        tokio::spawn(async move {
            group.waiting.push(sender);
            match savepoint.commit().await {
                Ok(()) => {
                    group.has_written |= events_of.is_some();
                    group.tenants.extend(events_of);
                }
                Err(cause) => commits.give_up(&mut group, undone_with(&cause)).await,
            }
            drop(group);
            commits.asked.notify_one();
        });
        outcome.await.unwrap_or_else(|_| {
            Err(of_commit(unavailable("the writer ended before it said that it had committed")))
        })
    }

    /// Returns the permit and undoes the savepoint.
    pub(super) async fn undo(mut self) -> Result<(), DbErr> {
        match self.0.take() {
            Some(entered) => in_own_task(entered.undo()).await,
            None => Ok(()),
        }
    }

    fn entered(&self) -> &Entered {
        match &self.0 {
            Some(entered) => entered,
            None => unreachable!("a permit that was returned cannot be reached"),
        }
    }
}

impl Entered {
    async fn undo(self) -> Result<(), DbErr> {
        let Self { savepoint, mut group, commits, trouble } = self;
        let undone = savepoint.rollback().await;
        if let Err(cause) = &undone {
            // SQLite has undone more than the statement that failed: everything.
            let error = trouble.into_inner().unwrap_or_else(|| undone_with(cause));
            commits.give_up(&mut group, error).await;
        }
        drop(group);
        commits.asked.notify_one();
        undone
    }
}

impl Drop for WritePermit {
    fn drop(&mut self) {
        // Also reached when a caller goes away in the middle of a request.
        let Some(entered) = self.0.take() else { return };
        // Without a runtime there is nobody left to write, and the connection ends by itself.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Err(error) = entered.undo().await {
                tracing::debug!(%error, "an abandoned transaction took its group with it");
            }
        });
    }
}

impl Alone {
    pub(super) fn connection(&self) -> &DatabaseConnection {
        self.0.connection.as_ref().expect("a connection was opened before")
    }

    /// Says that something failed here, so that nobody works with this connection any more.
    pub(super) async fn give_up(mut self) {
        if let Some(connection) = self.0.connection.take() {
            close(connection).await;
        }
    }
}

/// Does something to its end, whether the caller stays or not.
async fn in_own_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, DbErr>> + Send + 'static,
) -> Result<T, DbErr> {
    tokio::spawn(work).await.unwrap_or_else(|error| {
        Err(DbErr::Exec(RuntimeErr::Internal(format!("the writer broke off: {error}"))))
    })
}

/// Closes a connection; what was not committed is gone then.
async fn close(connection: DatabaseConnection) {
    let closing = tokio::spawn(async move { connection.close().await });
    if timeout(CLOSED_WITHIN, closing).await.is_err() {
        tracing::warn!("a connection to the database does not close");
    }
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, task::Poll};

    use futures_util::{
        FutureExt,
        future::{join_all, poll_fn},
    };
    use sea_orm::{ConnectOptions, Database, Statement};
    use tokio::time::sleep;

    use super::*;
    use crate::store::{connect::Settings, outcome_is_unknown};

    const PATIENCE: Duration = Duration::from_secs(20);
    const SMALL: &str = "INSERT INTO thing (size) VALUES (zeroblob(10))";
    const LARGE: &str = "INSERT INTO thing (size) VALUES (zeroblob(500000))";

    /// A writer on a file of its own with one table, and somebody else who uses the same file.
    struct Desk {
        commits: Arc<GroupCommit>,
        others: DatabaseConnection,
        folder: PathBuf,
        tasks: TaskTracker,
        stop: CancellationToken,
    }

    impl Desk {
        async fn new() -> Self {
            let folder =
                std::env::temp_dir().join(format!("ordergate-test-{}", uuid::Uuid::new_v4()));
            std::fs::create_dir(&folder).unwrap();
            let url = format!("sqlite://{}", folder.join("things.db").display());
            let settings =
                Settings { busy_timeout: Duration::from_millis(50), ..Settings::default() };
            let (opens, writer) =
                SqliteWriter::create(&url, &settings, &Arc::default()).await.unwrap();
            let sql = "CREATE TABLE thing (id INTEGER PRIMARY KEY, size BLOB, \
                       of INTEGER REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)";
            writer.execute_unprepared(sql).await.unwrap();
            let mut options = ConnectOptions::new(url);
            options
                .max_connections(1)
                .map_sqlx_sqlite_opts(|options| options.busy_timeout(Duration::ZERO));
            let others = Database::connect(options).await.unwrap();
            let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
            let commits =
                GroupCommit::start(opens, writer, vec![], Wakeups::default(), &tasks, &stop);
            Self { commits, others, folder, tasks, stop }
        }

        /// Executes something on the connection that writes now, and on no later one.
        async fn execute(&self, pragma: &str) {
            let alone = self.commits.alone().await.unwrap();
            alone.connection().execute_unprepared(pragma).await.unwrap();
        }

        async fn write(&self, sql: &str) -> Result<(), DbErr> {
            let permit = self.commits.enter().await?;
            if let Err(error) = permit.txn().execute_unprepared(sql).await {
                permit.failed(&error);
                permit.undo().await.ok();
                return Err(error);
            }
            permit.keep(None).await
        }

        /// How many things there are for everybody.
        async fn count(&self) -> i64 {
            let sql = "SELECT count(*) FROM thing";
            let statement = Statement::from_string(self.others.get_database_backend(), sql);
            let row = self.others.query_one_raw(statement).await.unwrap().unwrap();
            row.try_get_by_index(0).unwrap()
        }

        /// Whether somebody else may write.
        async fn is_free(&self) -> bool {
            let begun = self.others.execute_unprepared("BEGIN IMMEDIATE").await;
            if begun.is_ok() {
                self.others.execute_unprepared("ROLLBACK").await.unwrap();
            }
            begun.is_ok()
        }

        async fn works_again(&self) {
            let waiting = async {
                while self.commits.trouble().await.is_some() {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            timeout(PATIENCE, waiting).await.unwrap();
        }

        async fn end(self) {
            self.others.close().await.unwrap();
            self.stop.cancel();
            self.tasks.close();
            timeout(PATIENCE, self.tasks.wait()).await.unwrap();
            std::fs::remove_dir_all(self.folder).unwrap();
        }
    }

    fn is_unavailable(error: DbErr) -> bool {
        super::super::is_unavailable(&error.into())
    }

    #[tokio::test]
    async fn a_commit_that_fails_is_followed_by_commits_that_count() {
        let desk = Desk::new().await;
        // Nobody objects before the commit, which leaves the transaction open.
        let dangling = "INSERT INTO thing (of) VALUES (4711)";
        for acknowledged in 0..3 {
            desk.write(dangling).await.unwrap_err();
            assert_eq!(desk.count().await, acknowledged);
            assert!(desk.is_free().await);
            desk.write(SMALL).await.unwrap();
            assert_eq!(desk.count().await, acknowledged + 1);
        }
        desk.end().await;
    }

    #[tokio::test]
    async fn who_shares_a_commit_that_fails_is_not_acknowledged() {
        let desk = Desk::new().await;
        let first = desk.commits.enter().await.unwrap();
        first.txn().execute_unprepared(SMALL).await.unwrap();
        let second = tokio::spawn({
            let commits = desk.commits.clone();
            async move {
                let permit = commits.enter().await?;
                let dangling = "INSERT INTO thing (of) VALUES (4711)";
                permit.txn().execute_unprepared(dangling).await?;
                permit.keep(None).await
            }
        });
        // It waits at the gate by now, and so before the committer.
        sleep(Duration::from_millis(50)).await;
        first.keep(None).await.unwrap_err();
        second.await.unwrap().unwrap_err();
        assert_eq!(desk.count().await, 0);
        desk.end().await;
    }

    #[tokio::test]
    async fn a_disk_that_fills_up_within_a_savepoint_takes_the_group_with_it_and_nothing_else() {
        let desk = Desk::new().await;
        desk.write(SMALL).await.unwrap();
        desk.execute("PRAGMA max_page_count = 20").await;
        let first = desk.commits.enter().await.unwrap();
        first.txn().execute_unprepared(SMALL).await.unwrap();
        let second = tokio::spawn({
            let commits = desk.commits.clone();
            async move {
                let permit = commits.enter().await?;
                permit.txn().execute_unprepared(SMALL).await?;
                let full = permit.txn().execute_unprepared(LARGE).await.unwrap_err();
                permit.failed(&full);
                permit.undo().await.ok();
                Err::<(), _>(full)
            }
        });
        sleep(Duration::from_millis(50)).await;
        let shared = first.keep(None).await;
        assert!(is_unavailable(second.await.unwrap().unwrap_err()));
        let acknowledged = 1 + i64::from(shared.is_ok());
        assert_eq!(desk.count().await, acknowledged);
        if let Err(error) = shared {
            assert!(is_unavailable(error));
        }
        desk.works_again().await;
        desk.write(SMALL).await.unwrap();
        assert_eq!(desk.count().await, acknowledged + 1);
        desk.end().await;
    }

    #[tokio::test]
    async fn a_database_that_turns_read_only_says_so_until_it_can_be_written_again() {
        let desk = Desk::new().await;
        desk.execute("PRAGMA query_only = ON").await;
        let error = desk.write(SMALL).await.unwrap_err();
        assert!(!outcome_is_unknown(&error.clone().into()));
        assert!(is_unavailable(error));
        let because = desk.commits.health.trouble().unwrap();
        assert!(because.starts_with("the database cannot be written, only read"), "{because}");
        // By itself, without anybody writing.
        desk.works_again().await;
        desk.write(SMALL).await.unwrap();
        assert_eq!(desk.count().await, 1);
        desk.end().await;
    }

    #[tokio::test]
    async fn while_another_process_holds_the_lock_nobody_waits_longer_than_the_first() {
        let desk = Desk::new().await;
        desk.others.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
        for refused in join_all((0..20).map(|_| desk.write(SMALL))).await {
            assert!(is_unavailable(refused.unwrap_err()));
        }
        let because = desk.commits.trouble().await.unwrap();
        assert!(because.starts_with("another process holds the lock"), "{because}");
        desk.others.execute_unprepared("ROLLBACK").await.unwrap();
        desk.works_again().await;
        desk.write(SMALL).await.unwrap();
        assert_eq!(desk.count().await, 1);
        desk.end().await;
    }

    /// Goes on with something for so many steps and then goes away.
    async fn leave_after<T>(steps: usize, work: impl Future<Output = T>) -> Option<T> {
        let mut work = Box::pin(work);
        let mut taken = 0;
        poll_fn(|context| {
            taken += 1;
            match work.poll_unpin(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if taken > steps => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_caller_that_goes_away_at_any_moment_leaves_nothing_open() {
        let desk = Desk::new().await;
        let mut completed = 0;
        for steps in 0..200 {
            let acknowledged = leave_after(steps % 12, async {
                let permit = desk.commits.enter().await.unwrap();
                permit.txn().execute_unprepared(SMALL).await.unwrap();
                if steps % 3 == 0 {
                    permit.undo().await.unwrap();
                    return false;
                }
                permit.keep(None).await.unwrap();
                true
            });
            completed += i64::from(acknowledged.await == Some(true));
            // Nobody writes after this one, and still the lock is given back.
            let free = async {
                while !desk.is_free().await {
                    sleep(Duration::from_millis(1)).await;
                }
            };
            timeout(PATIENCE, free).await.unwrap();
        }
        assert!(completed > 0 && desk.count().await >= completed);
        desk.write(SMALL).await.unwrap();
        desk.end().await;
    }

    #[tokio::test]
    async fn the_file_alone_is_the_database_once_the_writer_has_stopped() {
        let desk = Desk::new().await;
        desk.write(LARGE).await.unwrap();
        let folder = desk.folder.clone();
        desk.others.clone().close().await.unwrap();
        desk.stop.cancel();
        desk.tasks.close();
        desk.tasks.wait().await;
        let left: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["things.db"]);
        assert!(is_unavailable(desk.write(SMALL).await.unwrap_err()));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
