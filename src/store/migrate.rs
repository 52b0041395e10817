//! Bringing the database's schema up to this program's.

use anyhow::Context;
use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};

/// Any number will do, as long as all nodes use the same.
const ADVISORY_LOCK: i64 = 0x6f72_6465_7267_6174;

/// Applies what is pending, all of it or nothing, and names it. Several nodes may do so at once: they take turns.
pub(super) async fn apply(connection: &DatabaseConnection) -> anyhow::Result<Vec<String>> {
    let txn = connection
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await
        .context("cannot begin to migrate")?;
    if txn.get_database_backend() == DatabaseBackend::Postgres {
        txn.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [ADVISORY_LOCK.into()],
        ))
        .await?;
    }
    let pending = Migrator::get_pending_migrations(&txn).await?;
    let names = pending.iter().map(|step| step.name().to_owned()).collect();
    Migrator::up(&txn, None).await.context("a migration failed, so none was applied")?;
    txn.commit().await?;
    Ok(names)
}
