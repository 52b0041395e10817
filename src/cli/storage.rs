//! Opening the database for a command.

use std::{path::Path, sync::Arc, time::Duration};

use entity::tenant;
use sea_orm::EntityTrait;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{failure::Failure, lifetime::Lifetime, unopened};
use crate::{
    app::App,
    clock::Clock,
    config::{DatabaseKind, DatabaseSettings, DatabaseUrl},
    error::Error,
    store::{self, Store},
};

/// A caller is told by us, and not by the database, that something takes too long.
const LONGER_THAN_CALLERS_WAIT: Duration = Duration::from_secs(2);

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
    open_within(settings, expect, None, lifetime).await
}

/// The same for a server, whose callers wait for so long: the database ends what takes a little longer.
pub(super) async fn open_within(
    settings: &DatabaseSettings,
    expect: Expect,
    callers_wait_for: Option<Duration>,
    lifetime: &Lifetime,
) -> Result<Store, Failure> {
    let url = &settings.database_url;
    let kind = url.kind().map_err(Failure::usage)?;
    if kind == DatabaseKind::Sqlite && expect == Expect::Existing {
        existing_file(url)?;
    }
    let (tasks, stop) = lifetime.storage();
    match Store::open(url.expose(), &use_of(settings, callers_wait_for), tasks, stop).await {
        Ok(store) => Ok(store),
        Err(error) => Err(unopened::why(url, kind, error).await),
    }
}

/// How the database is used where callers wait for so long.
pub(super) fn use_of(
    settings: &DatabaseSettings,
    callers_wait_for: Option<Duration>,
) -> store::Settings {
    store::Settings {
        connections: settings.pool.database_connections,
        longest_statement: callers_wait_for
            .map(|limit| limit.saturating_add(LONGER_THAN_CALLERS_WAIT)),
        ..store::Settings::default()
    }
}

/// The file of an SQLite database, which must be there.
pub(super) fn existing_file(url: &DatabaseUrl) -> Result<&str, Failure> {
    let file = url.file().unwrap_or_default();
    if Path::new(file).exists() {
        return Ok(file);
    }
    let place = url.place();
    Err(Failure::new(format!(
        "there is no database at {place}; create it with `ordergate migrate up`, or name another with --database-url"
    )))
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
