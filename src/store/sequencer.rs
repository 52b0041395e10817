//! Positions: the order of a tenant's events, the same for every reader.
//!
//! Ids are given before commit, so a reader that follows them loses what a slower transaction commits late. Positions
//! are given to committed events only. On SQLite that is part of the commit itself; on PostgreSQL a second, tiny
//! transaction right after it serves all that have committed meanwhile. Any node may run it, for any node's events.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use entity::TenantId;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, FromQueryResult, Statement,
    TransactionTrait,
};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    planted::{self, Fault},
    wakeups::Wakeups,
};

/// The longest time without a position for the events of a node that crashed right after a commit.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Gives positions to all events of the tenant that have none, in the order they were written; their number.
///
/// The events of one order were written under its row's lock, so their order here is the order of its history.
/// The log's row is locked first: two nodes that do this at once take turns, and the second sees what the first gave.
pub(super) async fn assign_positions(
    txn: &impl ConnectionTrait,
    tenant_id: TenantId,
) -> Result<u64, DbErr> {
    let backend = txn.get_database_backend();
    let fences = backend == DatabaseBackend::Postgres && !planted::is(Fault::SequencerUnfenced);
    let lock = if fences { "FOR UPDATE" } else { "" };
    let order =
        if planted::is(Fault::TailByTransaction) { "xmin::text::bigint" } else { "sequence" };
    txn.query_one_raw(Statement::from_sql_and_values(
        backend,
        format!("SELECT latest_position FROM event_log WHERE tenant_id = $1 {lock}"),
        [tenant_id.into()],
    ))
    .await?
    .ok_or_else(|| DbErr::RecordNotFound(format!("event_log of tenant {tenant_id}")))?;
    // A statement of its own: its snapshot is taken after the lock was granted.
    let given = txn
        .execute_raw(Statement::from_sql_and_values(
            backend,
            format!(
                "UPDATE event SET position = event_log.latest_position + waiting.rank \
                 FROM event_log, \
                      (SELECT sequence, ROW_NUMBER() OVER (ORDER BY {order}) AS rank \
                       FROM event WHERE tenant_id = $1 AND position IS NULL) AS waiting \
                 WHERE event.sequence = waiting.sequence AND event_log.tenant_id = $1"
            ),
            [tenant_id.into()],
        ))
        .await?
        .rows_affected();
    if given > 0 {
        txn.execute_raw(Statement::from_sql_and_values(
            backend,
            "UPDATE event_log SET latest_position = latest_position + $2 WHERE tenant_id = $1",
            [tenant_id.into(), i64::try_from(given).unwrap_or(i64::MAX).into()],
        ))
        .await?;
    }
    Ok(given)
}

/// Gives positions on PostgreSQL, in the background, batched per tenant.
#[derive(Clone)]
pub(super) struct Sequencer {
    requests: Arc<Requests>,
}

#[derive(Default)]
struct Requests {
    tenants: Mutex<BTreeSet<TenantId>>,
    arrived: Notify,
}

impl Sequencer {
    pub(super) fn start(
        pool: DatabaseConnection,
        wakeups: Wakeups,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let requests = Arc::new(Requests::default());
        tasks.spawn(assign_forever(pool, requests.clone(), wakeups, stop.clone()));
        Self { requests }
    }

    /// Asks for positions for a tenant that has committed events.
    pub(super) fn request(&self, tenant_id: TenantId) {
        self.requests.insert([tenant_id]);
    }
}

impl Requests {
    fn insert(&self, tenants: impl IntoIterator<Item = TenantId>) {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).extend(tenants);
        self.arrived.notify_one();
    }

    fn take(&self) -> BTreeSet<TenantId> {
        std::mem::take(&mut *self.tenants.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn assign_forever(
    pool: DatabaseConnection,
    requests: Arc<Requests>,
    wakeups: Wakeups,
    stop: CancellationToken,
) {
    // Not at once: the schema may be about to be migrated.
    let mut sweep = tokio::time::interval_at(Instant::now() + SWEEP_EVERY, SWEEP_EVERY);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = requests.arrived.notified() => {}
            _ = sweep.tick() => match tenants_left_over(&pool).await {
                Ok(tenants) => requests.insert(tenants),
                Err(error) => tracing::warn!(%error, "could not look for events without a position"),
            },
            () = stop.cancelled() => return,
        }
        if planted::is(Fault::TailByTransaction) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        for tenant_id in requests.take() {
            match assign_in_own_transaction(&pool, tenant_id).await {
                Ok(0) => {}
                Ok(_) => wakeups.log_grew(tenant_id),
                // The sweep comes back to it.
                Err(error) => {
                    tracing::warn!(%error, tenant.id = %tenant_id, "could not give positions");
                }
            }
        }
    }
}

async fn assign_in_own_transaction(
    pool: &DatabaseConnection,
    tenant_id: TenantId,
) -> Result<u64, DbErr> {
    let txn = pool.begin().await?;
    let given = assign_positions(&txn, tenant_id).await?;
    txn.commit().await?;
    Ok(given)
}

async fn tenants_left_over(pool: &DatabaseConnection) -> Result<Vec<TenantId>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        tenant_id: TenantId,
    }
    let rows = Row::find_by_statement(Statement::from_string(
        pool.get_database_backend(),
        "SELECT DISTINCT tenant_id FROM event WHERE position IS NULL",
    ))
    .all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| row.tenant_id).collect())
}
