//! `ordergate backup` and `ordergate restored`: copies of the database, and what they mean for those who follow it.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use super::{
    args::BackupArgs,
    failure::Failure,
    lifetime::Lifetime,
    storage::{self, Expect, count},
};
use crate::{
    config::{DatabaseKind, DatabaseSettings},
    store::backup,
};

pub(super) async fn backup(args: BackupArgs) -> Result<ExitCode, Failure> {
    let url = &args.database.database_url;
    if url.kind().map_err(Failure::usage)? == DatabaseKind::Postgres {
        return Err(Failure::usage(anyhow::anyhow!(
            "PostgreSQL brings its own: pg_dump, or a base backup with its log archived; \
             run `ordergate restored` on what was restored"
        )));
    }
    let from = storage::existing_file(url)?;
    if args.file.exists() && !args.overwrite {
        let file = args.file.display();
        return Err(Failure::new(format!("{file} exists; name another, or add --overwrite")));
    }
    let copied = backup::copy(url.expose(), &args.file).await?;
    let mut out = stdout().lock();
    writeln!(
        out,
        "Copied {from} to {}: {} KiB with {}, {} and {}.",
        args.file.display(),
        copied.bytes.div_ceil(1024),
        number(copied.tenants, "tenant"),
        number(copied.orders, "order"),
        number(copied.events, "event"),
    )?;
    writeln!(
        out,
        "The copy was opened and is sound. Its log has a new epoch: where it is used, feeds that resume are told to read afresh."
    )?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restored(settings: &DatabaseSettings) -> Result<ExitCode, Failure> {
    let lifetime = Lifetime::default();
    let store = storage::open(settings, Expect::Existing, &lifetime).await?;
    storage::prepare(&store, settings, false).await?;
    let renewed = store.renew_epochs().await.map_err(anyhow::Error::from)?;
    lifetime.end().await;
    writeln!(
        stdout(),
        "Gave the logs of {} a new epoch: feeds that resume are told to read afresh.",
        count(usize::try_from(renewed).unwrap_or(usize::MAX), "tenant"),
    )?;
    Ok(ExitCode::SUCCESS)
}

fn number(rows: i64, noun: &str) -> String {
    count(usize::try_from(rows).unwrap_or_default(), noun)
}
