//! Copies of an SQLite database, made while others use it.

use std::{fs, path::Path};

use anyhow::{Context, ensure};
use entity::event_log;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DbErr,
    EntityTrait, Statement, TransactionTrait, sea_query::Expr,
};
use uuid::Uuid;

/// The contents of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    pub bytes: u64,
    pub tenants: i64,
    pub orders: i64,
    pub events: i64,
}

/// Copies a database as it is at one moment, and makes sure that the copy is sound. Whatever was at `to` is replaced, and
/// only once the copy is complete.
///
/// The copy's logs have another epoch: a watcher that has followed the original beyond that moment gets a gap, and not
/// other events at the same positions.
pub async fn copy(url: &str, to: &Path) -> anyhow::Result<Copied> {
    let name = to.file_name().context("the copy needs a name")?.to_string_lossy();
    let unfinished = to.with_file_name(format!("{name}.{}.unfinished", Uuid::new_v4().simple()));
    let copied = copy_into(url, &unfinished).await;
    let placed = match copied {
        Ok(copied) => place(&unfinished, to).map(|()| copied),
        Err(error) => Err(error),
    };
    if placed.is_err() {
        // It may not be there at all.
        drop(fs::remove_file(&unfinished));
    }
    placed
}

async fn copy_into(url: &str, file: &Path) -> anyhow::Result<Copied> {
    let path = file.to_str().context("the name of the copy is no text")?;
    let original = connect(url).await.context("cannot open the database")?;
    let copied = original
        .execute_raw(Statement::from_sql_and_values(
            DatabaseBackend::Sqlite,
            "VACUUM INTO $1",
            [path.into()],
        ))
        .await;
    original.close().await?;
    copied.with_context(|| format!("cannot copy the database to {path}"))?;
    let copy = connect(&format!("sqlite://{path}")).await.context("cannot open the copy")?;
    let copied = finish(&copy).await;
    copy.close().await?;
    Ok(Copied { bytes: fs::metadata(file)?.len(), ..copied? })
}

/// Gives every tenant's log another epoch, because the database is a restored copy: it lacks the later events of the
/// original, and their positions will be given again. Returns the number of logs.
pub(super) async fn renew_epochs(txn: &impl ConnectionTrait) -> Result<u64, DbErr> {
    // The same for all: a cursor is only ever held against the log of its reader's tenant.
    let renewed = event_log::Entity::update_many()
        .col_expr(event_log::Column::Epoch, Expr::value(Uuid::new_v4()))
        .exec(txn)
        .await?;
    Ok(renewed.rows_affected)
}

/// Gives the copy its epoch, looks whether it is sound, and counts what it holds.
async fn finish(copy: &DatabaseConnection) -> anyhow::Result<Copied> {
    let txn = copy.begin().await?;
    renew_epochs(&txn).await?;
    txn.commit().await?;
    let sound: String = value(copy, "PRAGMA integrity_check").await?;
    ensure!(sound == "ok", "the copy is damaged, and so perhaps is the original: {sound}");
    let dangling: i64 = value(copy, "SELECT count(*) FROM pragma_foreign_key_check").await?;
    ensure!(
        dangling == 0,
        "the copy is damaged: {dangling} rows refer to others that are not there"
    );
    let holes = "SELECT count(*) FROM event_log WHERE latest_position + 1 - earliest_position <> \
                 (SELECT count(*) FROM event WHERE event.tenant_id = event_log.tenant_id)";
    let holes: i64 = value(copy, holes).await?;
    ensure!(holes == 0, "the copy is damaged: the logs of {holes} tenants have holes");
    Ok(Copied {
        bytes: 0,
        tenants: value(copy, "SELECT count(*) FROM tenant").await?,
        orders: value(copy, "SELECT count(*) FROM \"order\"").await?,
        events: value(copy, "SELECT count(*) FROM event").await?,
    })
}

/// Puts the finished copy where it is to be, durably.
fn place(unfinished: &Path, to: &Path) -> anyhow::Result<()> {
    let place = || {
        fs::File::open(unfinished)?.sync_all()?;
        fs::rename(unfinished, to)?;
        match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => fs::File::open(".")?.sync_all(),
        }
    };
    place().with_context(|| format!("cannot write {}", to.display()))
}

async fn connect(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

async fn value<T: sea_orm::TryGetable>(
    connection: &DatabaseConnection,
    sql: &str,
) -> anyhow::Result<T> {
    let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
    let row = connection.query_one_raw(statement).await?.context("SQLite gives no row")?;
    Ok(row.try_get_by_index(0)?)
}
