//! Opening the database for a command.

use std::{path::Path, sync::Arc};

use entity::tenant;
use sea_orm::EntityTrait;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{failure::Failure, lifetime::Lifetime, unopened};
use crate::{
    app::App,
    clock::Clock,
    config::{DatabaseKind, DatabaseSettings},
    error::Error,
    store::Store,
};

/// What a command expects of the database it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// It may be new: an SQLite file is made.
    Anything,
    /// It must be there.
    Existing,
}

/// Opens the database. Its own tasks run until [`Lifetime::end`].
pub(super) async fn open(
    settings: &DatabaseSettings,
    expect: Expect,
    lifetime: &Lifetime,
) -> Result<Store, Failure> {
    let url = &settings.database_url;
    let kind = url.kind().map_err(Failure::usage)?;
    if let (DatabaseKind::Sqlite, Some(file)) = (kind, url.file())
        && expect == Expect::Existing
        && !Path::new(file).exists()
    {
        let place = url.place();
        return Err(Failure::new(format!(
            "there is no database at {place}; create it with `ordergate migrate up`, or name another with --database-url"
        )));
    }
    let connections = settings.pool.database_connections;
    let (tasks, stop) = lifetime.storage();
    match Store::open(url.expose(), connections, tasks, stop).await {
        Ok(store) => Ok(store),
        Err(error) => Err(unopened::why(url, kind, error).await),
    }
}

/// Makes sure that the schema is this program's: migrates where `migrate` says so, else refuses if it is not.
pub(super) async fn prepare(
    store: &Store,
    settings: &DatabaseSettings,
    migrate: bool,
) -> Result<(), Failure> {
    if migrate {
        for name in store.migrate().await? {
            tracing::info!(migration = name, "applied migration {name}");
        }
    }
    let newer = store.newer_migrations().await?;
    if !newer.is_empty() {
        tracing::warn!("{}", of_a_newer_release(&newer));
    }
    let pending = store.pending_migrations().await?;
    if pending.is_empty() {
        return Ok(());
    }
    Err(Failure::pending_migrations(format!(
        "{} lacks {}: {}; apply with `ordergate migrate up`",
        settings.database_url.place(),
        count(pending.len(), "migration"),
        pending.join(", ")
    )))
}

/// Opens the database for a short command that works through the services.
///
/// A new SQLite file gets its schema by itself, so that one command is enough to begin.
pub(super) async fn open_app(
    settings: &DatabaseSettings,
    expect: Expect,
    lifetime: &Lifetime,
) -> Result<Arc<App>, Failure> {
    let store = open(settings, expect, lifetime).await?;
    let kind = settings.database_url.kind().map_err(Failure::usage)?;
    prepare(&store, settings, expect == Expect::Anything && kind == DatabaseKind::Sqlite).await?;
    let (tasks, stop): (&TaskTracker, &CancellationToken) = lifetime.background();
    Ok(Arc::new(App::new(store, Clock::System, tasks, stop)))
}

/// Tells whoever serves a database in which there is nobody yet how to begin: an empty one may also be the wrong one.
pub(super) async fn hint_at_tenants(app: &App, settings: &DatabaseSettings) -> Result<(), Failure> {
    let some = tenant::Entity::find().one(app.store.readers()).await.map_err(Error::from)?;
    if some.is_none() {
        tracing::warn!(
            "there is no tenant yet in {place}: ordergate tenant create --name 'Acme Cloud' --database-url {url}",
            place = settings.database_url.place(),
            url = settings.database_url
        );
    }
    Ok(())
}

/// Says so of a database that has more than this program knows.
pub(super) fn of_a_newer_release(newer: &[String]) -> String {
    format!(
        "the database was migrated by a newer release than {}: this one does not know {}; it works on it if it is the \
         release before, and on no later one",
        env!("CARGO_PKG_VERSION"),
        newer.join(", ")
    )
}

/// "1 migration", "2 migrations".
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
