//! Work that one node does at a time.
//!
//! A node holds a lease for a while and renews it while it works; after that, any node may take it. A node that was
//! paused may think that it still holds one. So a lease has a token, which rises each time the lease changes hands, and
//! every transaction of the work asks whether the token is still the present one.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use entity::TenantId;
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Store, Txn};

/// Leases are about nodes.
const NO_TENANT: TenantId = TenantId(Uuid::nil());

/// A claim to work that one node does at a time.
#[derive(Debug)]
pub struct Lease {
    name: &'static str,
    lasts: Duration,
    held: Mutex<Option<Held>>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    token: i64,
    since: Instant,
}

impl Lease {
    /// Nothing is claimed yet. `lasts` says for how long nobody else works after this node was last heard of.
    pub const fn new(name: &'static str, lasts: Duration) -> Self {
        Self { name, lasts, held: Mutex::new(None) }
    }

    /// Takes the lease, or keeps it; false while another node has it.
    pub async fn hold(&self, store: &Store) -> Result<bool, DbErr> {
        if self.held().is_some_and(|held| held.since.elapsed() < self.lasts / 2) {
            return Ok(true);
        }
        let since = Instant::now();
        let txn = store.begin(NO_TENANT).await?;
        let mut token = self.claim(&txn, store.node(), RENEW_OR_TAKE).await?;
        if token.is_none() {
            // A lease has no row before somebody holds it for the first time.
            token = self.claim(&txn, store.node(), MAKE).await?;
        }
        txn.commit().await?;
        self.set(token.map(|token| Held { token, since }));
        Ok(token.is_some())
    }

    /// The token that a statement gives the lease to this node with; none if it is not this node's.
    async fn claim(&self, txn: &Txn, node: Uuid, sql: &str) -> Result<Option<i64>, DbErr> {
        let backend = txn.get_database_backend();
        let lasts = i64::try_from(self.lasts.as_millis()).unwrap_or(i64::MAX);
        let sql = sql.replace("{now}", now(backend));
        let values = [self.name.into(), node.into(), lasts.into()];
        let row = txn.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        row.map(|row| row.try_get_by_index(0)).transpose()
    }

    /// Whether the work may be done in this transaction: the lease is held, and changes hands only after it.
    pub async fn allows(&self, txn: &Txn) -> Result<bool, DbErr> {
        let Some(held) = self.held() else { return Ok(false) };
        // SQLite has one writer and needs no lock.
        let lock = match txn.get_database_backend() {
            DatabaseBackend::Postgres => "FOR SHARE",
            DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => "",
        };
        let row = txn
            .query_one_raw(Statement::from_sql_and_values(
                txn.get_database_backend(),
                format!("SELECT token FROM lease WHERE name = $1 AND token = $2 {lock}"),
                [self.name.into(), held.token.into()],
            ))
            .await?;
        if row.is_none() {
            self.set(None);
        }
        Ok(row.is_some())
    }

    /// Lets another node have the lease at once.
    pub async fn release(&self, store: &Store) -> Result<(), DbErr> {
        let Some(held) = self.held() else { return Ok(()) };
        self.set(None);
        let txn = store.begin(NO_TENANT).await?;
        txn.execute_raw(Statement::from_sql_and_values(
            txn.get_database_backend(),
            "UPDATE lease SET expires_at = 0 WHERE name = $1 AND token = $2",
            [self.name.into(), held.token.into()],
        ))
        .await?;
        txn.commit().await
    }

    fn held(&self) -> Option<Held> {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, held: Option<Held>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

const RENEW_OR_TAKE: &str = "\
UPDATE lease SET
    token = CASE WHEN holder = $2 THEN token ELSE token + 1 END,
    holder = $2,
    expires_at = {now} + $3
WHERE name = $1 AND (holder = $2 OR expires_at <= {now})
RETURNING token";

/// A statement of its own, because `DO UPDATE` locks the row of whoever holds it, also where it changes nothing.
const MAKE: &str = "\
INSERT INTO lease (name, holder, token, expires_at) VALUES ($1, $2, 1, {now} + $3)
ON CONFLICT (name) DO NOTHING
RETURNING token";

/// Milliseconds since 1970 by the database's clock: that of a node may be wrong.
fn now(backend: DatabaseBackend) -> &'static str {
    match backend {
        DatabaseBackend::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
        DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => {
            "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
        }
    }
}
