//! Power cuts: what a disk holds at a moment at which nothing was finished, and what the service makes of it.
//!
//! The database lives on an ext4 file system in a file, and that file on XFS, which can copy it at once. The copy is
//! what the disk would have held, had the power been cut: whatever was not flushed is not in it.

use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use anyhow::Context;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use super::{
    api::{self, Place},
    feeds::Feed,
    node::{Node, Program},
    postgres::Postgres,
    process,
    recorder::Recorder,
    scenario::{Database, Size, read_and_check},
    stage::{Act, Stage},
    watcher::{Sight, Watcher},
    world::{self, Tenant},
    writer::Writer,
};
use crate::{check::Verdict, entry::Entry};

/// How long everything that survived may take to be told.
const READING: Duration = Duration::from_mins(1);

/// File systems in files. Taken apart when dropped.
struct Rig {
    folder: PathBuf,
}

/// Cuts the power `images` times under load and checks each time what is left. False if something acknowledged is lost.
pub async fn run(size: &Size, images: u32) -> anyhow::Result<bool> {
    let folder = std::env::temp_dir().join(format!("ordergate-powercut-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder)?;
    let rig = Rig::build(&folder).await?;
    let live = folder.join("live");
    let mut postgres = match size.database {
        Database::Sqlite => None,
        Database::Postgres => Some(Postgres::start(&live).await?),
    };
    let client = api::client()?;
    let program = Program {
        path: size.program.canonicalize().context("there is no such program; build it first")?,
        database_url: database_url(&live, postgres.as_ref()),
        folder: folder.clone(),
        flags: Vec::new(),
        planted: None,
    };
    let node = Node::start(0, program.clone(), client.clone()).await?;
    let mut tenants = Vec::new();
    for number in 0..size.tenants {
        let name = format!("Seller {number}");
        tenants.push(world::tenant(&program, &client, node.proxy.address, &name).await?);
    }
    // What was set up is not what is to be lost.
    command("sync", &["--file-system"], &live).await?;
    let (recorder, writing) = Recorder::start(&folder.join("history.jsonl"))?;
    let nodes = vec![node.proxy.address];
    let stage = Arc::new(Stage::new(recorder, client.clone(), nodes, tenants.clone()));
    let mut writers = JoinSet::new();
    for number in 0..size.writers {
        let (stage, name) = (stage.clone(), format!("w{number}"));
        let pace = Duration::from_secs_f64(
            f64::from(u32::try_from(size.writers).unwrap_or(u32::MAX)) / size.orders_per_second,
        );
        writers.spawn(Writer { stage, name, seed: size.seed + number, pace }.work());
    }
    let mut random = StdRng::seed_from_u64(size.seed);
    let mut sound = true;
    for image in 1..=images {
        sleep(Duration::from_millis(random.random_range(500..2_500))).await;
        // First what was acknowledged, then the disk: not the other way round.
        let ledger = stage.recorder.ledger();
        rig.cut().await?;
        let verdict = look(&folder, &program, &client, &tenants, ledger, size.database).await;
        rig.mend().await?;
        let (is_sound, told) = verdict?;
        sound &= is_sound;
        writeln!(stdout(), "cut {image}: {told}")?;
    }
    stage.act.send_replace(Act::Quiet);
    while let Some(ended) = writers.join_next().await {
        ended?;
    }
    drop(node.kill().await?);
    if let Some(postgres) = postgres.take() {
        postgres.end().await?;
    }
    drop(stage);
    writing.end()?;
    drop(rig);
    if sound {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(sound)
}

/// Starts the service on what the cut has left and holds it against the ledger.
async fn look(
    folder: &Path,
    program: &Program,
    client: &reqwest::Client,
    tenants: &[Tenant],
    ledger: Vec<Entry>,
    database: Database,
) -> anyhow::Result<(bool, String)> {
    let cut = folder.join("cut");
    let postgres = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(Postgres::resume(&cut).await?),
    };
    let program =
        Program { database_url: database_url(&cut, postgres.as_ref()), ..program.clone() };
    let node = Node::start(1, program, client.clone()).await?;
    let history = folder.join("cut.jsonl");
    let (recorder, writing) = Recorder::start(&history)?;
    for entry in &ledger {
        recorder.put(entry);
    }
    let nodes = vec![node.proxy.address];
    let stage = Arc::new(Stage::new(recorder, client.clone(), nodes, tenants.to_vec()));
    stage.act.send_replace(Act::Quiet);
    let mut watchers = JoinSet::new();
    let mut sights = Vec::new();
    for (index, tenant) in tenants.iter().enumerate() {
        let cursor =
            api::ask(client, node.proxy.address, &tenant.admin, "{ feedCursor }", json!({}))
                .await?;
        let head = Place::in_cursor(cursor.as_str().context("no cursor")?)?.pos;
        let sight = Arc::new(Sight::of(index));
        sights.push((sight.clone(), head));
        let (stage, name) = (stage.clone(), format!("s{index}"));
        let feed = Feed::of(tenant, 0, &mut StdRng::seed_from_u64(0));
        watchers.spawn(Watcher { stage, sight, name, seed: 0, feed, stays: None }.watch());
    }
    let begun = Instant::now();
    while sights.iter().any(|(sight, head)| sight.pos.load(Ordering::Relaxed) < *head)
        && begun.elapsed() < READING
    {
        sleep(Duration::from_millis(20)).await;
    }
    stage.act.send_replace(Act::Over);
    while let Some(ended) = watchers.join_next().await {
        ended?;
    }
    drop(node.kill().await?);
    if let Some(postgres) = postgres {
        postgres.end().await?;
    }
    drop(stage);
    writing.end()?;
    let report = read_and_check(&history)?;
    if report.verdict() == Verdict::Violated {
        return Ok((false, format!("{report}\nkept in {}", folder.display())));
    }
    let (acknowledged, events) = (report.counts.acknowledged, report.counts.events);
    Ok((true, format!("{acknowledged} acknowledged steps, all among the {events} events left")))
}

fn database_url(folder: &Path, postgres: Option<&Postgres>) -> String {
    match postgres {
        Some(postgres) => postgres.url.clone(),
        None => format!("sqlite://{}", folder.join("ordergate.db").display()),
    }
}

impl Rig {
    async fn build(folder: &Path) -> anyhow::Result<Self> {
        let rig = Self { folder: folder.to_owned() };
        for name in ["outer", "live", "cut"] {
            std::fs::create_dir_all(rig.at(name))?;
        }
        command("truncate", &["--size=3G"], &rig.at("outer.img")).await?;
        command("mkfs.xfs", &["-q", "-m", "reflink=1"], &rig.at("outer.img")).await?;
        rig.mount("outer.img", "outer", "loop").await?;
        command("truncate", &["--size=1G"], &rig.at("outer/disk.img")).await?;
        command("mkfs.ext4", &["-q", "-F"], &rig.at("outer/disk.img")).await?;
        // The journal is written when somebody flushes, and hardly by itself.
        rig.mount("outer/disk.img", "live", "loop,commit=600,noatime").await?;
        command("chmod", &["755"], &rig.at("live")).await?;
        Ok(rig)
    }

    /// Takes what the disk holds now, and nothing of what is still in memory.
    async fn cut(&self) -> anyhow::Result<()> {
        let mut copy = Command::new("cp");
        copy.arg("--reflink=always").arg(self.at("outer/disk.img")).arg(self.at("outer/cut.img"));
        process::run(copy).await?;
        self.mount("outer/cut.img", "cut", "loop").await
    }

    async fn mend(&self) -> anyhow::Result<()> {
        command("umount", &[], &self.at("cut")).await?;
        Ok(std::fs::remove_file(self.at("outer/cut.img"))?)
    }

    async fn mount(&self, file: &str, at: &str, options: &str) -> anyhow::Result<()> {
        let mut mount = Command::new("mount");
        mount.args(["-o", options]).arg(self.at(file)).arg(self.at(at));
        process::run(mount).await.map(drop)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        for name in ["cut", "live", "outer"] {
            // What is not mounted cannot be taken down.
            drop(Command::new("umount").arg("--quiet").arg(self.at(name)).status());
        }
    }
}

async fn command(name: &str, arguments: &[&str], on: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(name);
    command.args(arguments).arg(on);
    process::run(command).await.map(drop)
}
