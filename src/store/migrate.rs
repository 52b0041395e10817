//! Bringing the database's schema up to this program's.

use anyhow::Context;
use migration::{Migrator, MigratorTrait, SchemaManager, seaql_migrations};
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, EntityTrait, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait,
};

/// Any number will do, as long as all nodes use the same.
const ADVISORY_LOCK: i64 = 0x6f72_6465_7267_6174;

/// Where the migrator notes the steps that were applied.
const TABLE: &str = "seaql_migrations";

/// The names of the steps that the database lacks. Changes nothing.
pub(super) async fn pending(connection: &DatabaseConnection) -> anyhow::Result<Vec<String>> {
    Ok(lacking(&applied(connection).await?))
}

/// The names of the steps that the database has and this program does not know: those of a newer release.
pub(super) async fn newer(connection: &DatabaseConnection) -> anyhow::Result<Vec<String>> {
    let steps = Migrator::migrations();
    let mut names: Vec<_> = applied(connection).await?.into_iter().map(|it| it.version).collect();
    names.retain(|name| steps.iter().all(|step| step.name() != name));
    Ok(names)
}

async fn applied(connection: &DatabaseConnection) -> anyhow::Result<Vec<seaql_migrations::Model>> {
    if SchemaManager::new(connection).has_table(TABLE).await? {
        Ok(seaql_migrations::Entity::find().all(connection).await?)
    } else {
        Ok(Vec::new())
    }
}

/// The migrator's own list is an error where the database has steps that this program does not know.
fn lacking(applied: &[seaql_migrations::Model]) -> Vec<String> {
    let steps = Migrator::migrations();
    let names = steps.iter().map(|step| step.name().to_owned());
    names.filter(|name| applied.iter().all(|step| step.version != *name)).collect()
}

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
        // A step may take longer than what callers wait for.
        txn.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        txn.execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT pg_advisory_xact_lock($1)",
            [ADVISORY_LOCK.into()],
        ))
        .await?;
    }
    let names = lacking(&Migrator::get_migration_models(&txn).await?);
    if !names.is_empty() {
        Migrator::up(&txn, None).await.context("a migration failed, so none was applied")?;
    }
    txn.commit().await?;
    Ok(names)
}
