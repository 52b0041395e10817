//! Measures Ordergate beside hand-written servers that do the same and nothing else.
//!
//! ```text
//! cargo run --release -p bench -- --help
//! ```

#![expect(clippy::cast_precision_loss, reason = "counts and times are shown with a few digits")]

mod arguments;
mod baseline;
mod documents;
mod fill;
mod http;
mod load;
mod machine;
mod pages;
mod postgres;
mod processes;
mod race;
mod results;
mod rows;
mod sample;
mod websocket;
mod world;

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::Command,
};

use clap::Parser;

use crate::{
    arguments::{Arguments, Database, Group, RunArguments},
    machine::Machine,
    postgres::Postgres,
    processes::{build_ordergate, run},
    results::Row,
    world::Place,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(baseline) = arguments.baseline {
        return baseline::serve(baseline).await;
    }
    let folder = PathBuf::from(run(Command::new("mktemp").arg("--directory"))?);
    // What runs is ended by being dropped, so that nothing is left behind.
    let measured = tokio::select! {
        measured = measure(&arguments.run, folder.clone()) => measured,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("stopped")),
    };
    std::fs::remove_dir_all(folder)?;
    measured
}

async fn measure(arguments: &RunArguments, folder: PathBuf) -> anyhow::Result<()> {
    processes::allow_many_sockets(arguments)?;
    let ordergate = match &arguments.program {
        Some(program) => program.clone(),
        None => build_ordergate()?,
    };
    let postgres = match &arguments.postgres_url {
        _ if !arguments.databases().contains(&Database::Postgres) => None,
        Some(url) => Some(Postgres::running(url)?),
        None => Some(Postgres::start(&folder.join("postgres"))?),
    };
    let version =
        postgres.as_ref().and_then(|postgres| postgres.version().transpose()).transpose()?;
    let machine = Machine::look(version).await?;
    let before = arguments.before.clone();
    let mut place = Place { ordergate, before, folder, postgres, quick: arguments.quick };

    if arguments.wants(Group::Writes) && arguments.databases().contains(&Database::Postgres) {
        rows::same_statements::check(&mut place).await?;
    }
    let mut rows = Vec::new();
    for database in arguments.databases() {
        results::add(&mut rows, orders(&mut place, *database, arguments).await?);
        if arguments.wants(Group::BillingRun) {
            results::add(&mut rows, rows::billing_run::measure(&mut place, *database).await?);
        }
        if arguments.wants(Group::Webhooks) {
            results::add(&mut rows, rows::webhooks::measure(&mut place, *database).await?);
        }
    }
    results::add(&mut rows, rows::fan_out::measure(&mut place, arguments).await?);
    let pages = if arguments.wants(Group::Pages) {
        let (measured, table) = pages::measure(&mut place, arguments).await?;
        results::add(&mut rows, measured);
        Some(table)
    } else {
        None
    };
    if let Some(postgres) = place.postgres.take() {
        postgres.clean_up().await?;
    }

    writeln!(stdout(), "{}", results::table(&rows))?;
    if let Some(pages) = &pages {
        writeln!(stdout(), "{pages}")?;
    }
    results::write(&arguments.output, &machine, &rows, pages.as_deref())?;
    eprintln!("written to {}", arguments.output.display());
    Ok(())
}

/// Reads and writes of orders, on one database.
async fn orders(
    place: &mut Place,
    database: Database,
    arguments: &RunArguments,
) -> anyhow::Result<Vec<Row>> {
    const GROUPS: [Group; 9] = [
        Group::OrdersPage,
        Group::OrderById,
        Group::OtherPages,
        Group::Viewer,
        Group::Documents,
        Group::Payload,
        Group::Event,
        Group::Hostile,
        Group::Writes,
    ];
    if !GROUPS.iter().any(|group| arguments.wants(*group)) {
        return Ok(Vec::new());
    }
    let orders = if place.quick { 2_000 } else { 100_000 };
    let worlds = place.worlds(database, "orders", orders).await?;
    let mut rows = rows::reads::measure(place, &worlds, arguments).await?;
    if arguments.wants(Group::Documents) {
        rows.extend(rows::documents::measure(place, &worlds).await?);
    }
    if arguments.wants(Group::Payload) {
        rows.push(rows::payload::measure(place, &worlds).await?);
    }
    if arguments.wants(Group::Event) {
        rows.push(rows::event::measure(place, &worlds).await?);
    }
    if arguments.wants(Group::Hostile) {
        rows.extend(rows::hostile::measure(place, &worlds.now).await?);
    }
    if arguments.wants(Group::Writes) {
        rows.extend(rows::writes::measure(place, &worlds.now).await?);
    }
    Ok(rows)
}
