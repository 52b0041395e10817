//! Documents that come once each: what is kept of a document brings nothing then, and takes memory.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, ensure};
use serde_json::json;

use crate::{
    arguments::Database,
    documents::{renamed, selected},
    http,
    load::{Requests, drive},
    postgres::Postgres,
    processes::Server,
    race::Runner,
    results::{Before, NOTHING, Row},
    world::{Place, World, Worlds, serve},
};

const CONNECTIONS: usize = 16;
const ROUNDS: u64 = 3;
/// Longer than any round takes.
const LENGTH: Duration = Duration::from_mins(10);
/// For so many documents, the statements that PostgreSQL prepares are counted.
const COUNTED: u64 = 500;

/// What makes the document with a number.
type Document = fn(u64) -> String;

pub(crate) async fn measure(place: &Place, worlds: &Worlds) -> anyhow::Result<Vec<Row>> {
    Ok(vec![
        row(place, worlds, "names", renamed).await?,
        row(place, worlds, "fields", selected).await?,
    ])
}

async fn row(
    place: &Place,
    worlds: &Worlds,
    differing: &str,
    document: Document,
) -> anyhow::Result<Row> {
    let count = if place.quick { 500 } else { 10_000 };
    let database = worlds.now.database.name();
    let what = format!(
        "{count} documents that differ in {differing}, each once, {database}, {CONNECTIONS} connections"
    );
    eprintln!("{what}");
    let log = place.folder.join(format!("documents-{differing}-{database}.log"));
    let mut fresh = Vec::new();
    for (world, program) in worlds.each().zip(place.before.iter().chain([&place.ordergate])) {
        // Processes that remember no other document.
        let prepared = prepared(place, world, program, document).await?;
        fresh.push((world, serve(program, &log, &world.url).await?, prepared));
    }
    let mut sides: Vec<_> = fresh
        .iter()
        .map(|(world, server, prepared)| Side {
            key: &world.seller,
            server,
            runner: Runner::new(server),
            memory: None,
            prepared: *prepared,
        })
        .collect();
    for round in 0..ROUNDS {
        for side in &mut sides {
            side.run(round * count, count, document).await?;
        }
    }
    let now = sides.pop().context("the present program runs")?;
    let before = sides.pop();
    Ok(Row {
        what,
        ordergate: now.text(),
        baseline: NOTHING.to_owned(),
        found: None,
        to_reach: NOTHING.to_owned(),
        before: before
            .map(|before| Before { text: before.text(), ..now.runner.beside(&before.runner) }),
    })
}

/// One of the programs.
struct Side<'a> {
    key: &'a str,
    server: &'a Server,
    runner: Runner<'a>,
    /// Before the first round and after it.
    memory: Option<(u64, u64)>,
    prepared: Option<usize>,
}

impl Side<'_> {
    async fn run(&mut self, first: u64, count: u64, document: Document) -> anyhow::Result<()> {
        let before = self.server.memory()?;
        let requests = Each::new(self.key, document, first, count);
        self.runner.run(CONNECTIONS, LENGTH, requests).await?;
        let after = self.server.memory()?;
        self.memory.get_or_insert((before, after));
        Ok(())
    }

    fn text(&self) -> String {
        let mebibytes = |bytes: u64| bytes / 1024 / 1024;
        let (before, after) = self.memory.unwrap_or_default();
        let memory = format!("memory {} → {} MiB", mebibytes(before), mebibytes(after));
        let prepared = self.prepared.map_or_else(String::new, |prepared| {
            format!("; {prepared} statements prepared for {COUNTED} of them")
        });
        format!("{}; {memory}{prepared}", self.runner.text())
    }
}

/// How many statements PostgreSQL prepares for the first documents, by its own log. None where there is no such log.
async fn prepared(
    place: &Place,
    world: &World,
    program: &Path,
    document: Document,
) -> anyhow::Result<Option<usize>> {
    let log = place.postgres.as_ref().and_then(Postgres::log);
    let (Database::Postgres, Some(log)) = (world.database, log) else { return Ok(None) };
    let begin = fs::metadata(&log)?.len();
    let logged = format!("{}?options[log_min_duration_statement]=0", world.url);
    let server = serve(program, &place.folder.join("prepared.log"), &logged).await?;
    let requests = Each::new(&world.seller, document, 0, COUNTED);
    drive(server.address, CONNECTIONS, LENGTH, requests).await?;
    drop(server);
    let told = fs::read(&log)?.split_off(usize::try_from(begin)?);
    Ok(Some(String::from_utf8_lossy(&told).matches(" ms  parse sqlx_s_").count()))
}

/// Each document of a row of them.
struct Each {
    key: String,
    document: Document,
    next: AtomicU64,
    end: u64,
}

impl Each {
    fn new(key: &str, document: Document, first: u64, count: u64) -> Arc<Self> {
        Arc::new(Self { key: key.to_owned(), document, next: first.into(), end: first + count })
    }
}

impl Requests for Each {
    fn next(&self) -> Option<Arc<[u8]>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let request = || http::graphql(&self.key, &(self.document)(number), &json!({})).into();
        (number < self.end).then(request)
    }

    fn answered(&self, answer: &[u8]) -> anyhow::Result<()> {
        let good = answer.starts_with(b"{\"data\":{\"orders\":{\"nodes\":[{");
        ensure!(good, "the server answers {}", answer.escape_ascii());
        Ok(())
    }
}
