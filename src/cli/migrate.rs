//! `ordergate migrate`: the database's schema, applied or looked at.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use migration::{Migrator, MigratorTrait};

use super::{
    failure::Failure,
    lifetime::Lifetime,
    storage::{self, Expect, count, of_a_newer_release},
};
use crate::config::DatabaseSettings;

pub(super) async fn up(settings: &DatabaseSettings) -> Result<ExitCode, Failure> {
    let lifetime = Lifetime::default();
    let store = storage::open(settings, Expect::Anything, &lifetime).await?;
    let applied = store.migrate().await?;
    let mut out = stdout().lock();
    for name in &applied {
        writeln!(out, "applied  {name}")?;
    }
    let url = settings.database_url.place();
    if applied.is_empty() {
        writeln!(out, "{url} is up to date.")?;
    } else {
        writeln!(out, "{url} is up to date: {} applied.", count(applied.len(), "migration"))?;
    }
    drop(out);
    lifetime.end().await;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn status(settings: &DatabaseSettings) -> Result<ExitCode, Failure> {
    let lifetime = Lifetime::default();
    let store = storage::open(settings, Expect::Existing, &lifetime).await?;
    let pending = store.pending_migrations().await?;
    let newer = store.newer_migrations().await?;
    let mut out = stdout().lock();
    for step in Migrator::migrations() {
        let name = step.name();
        let state = if pending.iter().any(|it| it == name) { "pending" } else { "applied" };
        writeln!(out, "{state}  {name}")?;
    }
    for name in &newer {
        writeln!(out, "newer    {name}")?;
    }
    drop(out);
    lifetime.end().await;
    if !newer.is_empty() {
        eprintln!("{}", of_a_newer_release(&newer));
    }
    if pending.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::pending_migrations(format!(
        "{} pending; apply with `ordergate migrate up`",
        if pending.len() == 1 {
            "1 migration is".to_owned()
        } else {
            format!("{} migrations are", pending.len())
        }
    )))
}
