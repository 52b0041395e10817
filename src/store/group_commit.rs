//! SQLite's one writer: transactions take turns as savepoints and share a commit, and so a disk flush.
//!
//! Whoever has the gate writes. Whoever leaves it asks the committer, which queues for the gate like everybody else:
//! those already waiting are served before it, join the same group, and are acknowledged by the same commit.

use std::{collections::BTreeSet, sync::Arc};

use entity::TenantId;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::sequencer::assign_positions;
use crate::events::wakeups::Wakeups;

pub(super) struct GroupCommit {
    writer: DatabaseConnection,
    gate: Arc<Mutex<OpenGroup>>,
    left: Notify,
    wakeups: Wakeups,
}

/// The turn to write. Given back with [`GroupCommit::leave`] or [`GroupCommit::leave_and_wait`].
pub(super) type Group = OwnedMutexGuard<OpenGroup>;

/// The transaction that the members of a group share, and who waits for its commit.
#[derive(Default)]
pub(super) struct OpenGroup {
    txn: Option<DatabaseTransaction>,
    tenants: BTreeSet<TenantId>,
    waiting: Vec<oneshot::Sender<Result<(), String>>>,
    /// A savepoint could not be undone, so nothing of this group may be kept.
    spoiled: bool,
}

impl GroupCommit {
    pub(super) fn start(
        writer: DatabaseConnection,
        wakeups: Wakeups,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Arc<Self> {
        let group_commit =
            Arc::new(Self { writer, gate: Arc::default(), left: Notify::new(), wakeups });
        tasks.spawn(group_commit.clone().commit_groups(stop.clone()));
        group_commit
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Waits for the turn to write and opens a savepoint in the open group, or in a new one.
    pub(super) async fn join(&self) -> Result<(DatabaseTransaction, Group), DbErr> {
        let mut group = self.gate.clone().lock_owned().await;
        let txn = match &mut group.txn {
            Some(txn) => txn,
            // IMMEDIATE: a deferred transaction that reads before it writes fails when another process has written.
            empty => empty.insert(
                self.writer
                    .begin_with_options(TransactionOptions {
                        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                        ..TransactionOptions::default()
                    })
                    .await?,
            ),
        };
        let savepoint = txn.begin().await?;
        Ok((savepoint, group))
    }

    /// Gives the turn back without anything to keep.
    pub(super) fn leave(&self, mut group: Group, undone: bool) {
        group.spoiled |= !undone;
        drop(group);
        self.left.notify_one();
    }

    /// Gives the turn back and waits until the group is on disk.
    pub(super) async fn leave_and_wait(
        &self,
        mut group: Group,
        events_of: Option<TenantId>,
    ) -> Result<(), DbErr> {
        let (sender, outcome) = oneshot::channel();
        group.waiting.push(sender);
        group.tenants.extend(events_of);
        drop(group);
        self.left.notify_one();
        match outcome.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(message)) => Err(failed(message)),
            Err(_) => Err(failed("the writer stopped before the commit".to_owned())),
        }
    }

    /// Runs until `stop`, and then until nobody who waits is left.
    async fn commit_groups(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = self.left.notified() => self.commit_group().await,
                () = stop.cancelled() => break,
            }
        }
        self.commit_group().await;
    }

    async fn commit_group(&self) {
        let mut gate = self.gate.lock().await;
        let OpenGroup { txn, tenants, waiting, spoiled } = std::mem::take(&mut *gate);
        let Some(txn) = txn else { return };
        let outcome = async {
            if spoiled {
                return Err(failed("a savepoint of the group could not be undone".to_owned()));
            }
            for tenant_id in &tenants {
                assign_positions(&txn, *tenant_id).await?;
            }
            txn.commit().await
        }
        .await;
        drop(gate);
        if outcome.is_ok() {
            for tenant_id in tenants {
                self.wakeups.log_grew(tenant_id);
            }
        }
        for member in waiting {
            // A member that no longer waits has gone away; its change is kept all the same.
            drop(member.send(outcome.as_ref().copied().map_err(ToString::to_string)));
        }
    }
}

fn failed(message: String) -> DbErr {
    DbErr::Exec(RuntimeErr::Internal(message))
}
