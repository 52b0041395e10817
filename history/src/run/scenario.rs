//! One run from beginning to end: set up, trouble, heal, and what everybody has seen.

use std::{
    fs::File,
    io::{BufReader, Write, stdout},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::{Args, ValueEnum};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

use super::{
    api::{self, Place},
    billed,
    disk::{Disk, Tools},
    feeds::{self, Feed},
    nats::Nats,
    nemesis::{Nemesis, Targets},
    node::{Node, Program},
    postgres::Postgres,
    receiver::Receivers,
    recorder::{Recorder, Tallies, Writing},
    stage::{Act, Stage},
    watcher::{self, Sight, Watcher},
    world,
    writer::Writer,
};
use crate::{
    check::{Report, Verdict, check},
    entry::{Plan, What},
    history::History,
};

/// How long after the heal everybody is waited for: receivers of webhooks may have a pause to end first.
const ARRIVAL: Duration = Duration::from_secs(25);

/// Where everything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// One file, and so one node.
    Sqlite,
    /// A private PostgreSQL server.
    Postgres,
}

/// How nodes tell each other to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Wakeups {
    /// As the program does by itself.
    Default,
    /// Not at all: the poll alone has to do.
    None,
    /// By a NATS server that is killed and wiped.
    Nats,
}

/// How large a run is.
#[derive(Args, Clone, Debug)]
pub struct Size {
    /// The program to run.
    #[arg(
        long,
        env = "ORDERGATE_PROGRAM",
        value_name = "PATH",
        default_value = "target/debug/ordergate"
    )]
    pub program: PathBuf,

    /// Where everything is kept: SQLite has one node, PostgreSQL as many as you like.
    #[arg(long, value_enum, default_value_t = Database::Sqlite)]
    pub database: Database,

    /// How many nodes run on PostgreSQL.
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=9))]
    pub nodes: u32,

    /// How nodes wake each other up.
    #[arg(long, value_enum, default_value_t = Wakeups::Default)]
    pub wakeups: Wakeups,

    /// How many sellers share the service.
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub tenants: usize,

    /// How many place orders and decide on them.
    #[arg(long, value_name = "NUMBER", default_value_t = 16)]
    pub writers: u64,

    /// How many orders all of them together place in a second, as far as the machine allows.
    #[arg(long, value_name = "NUMBER", default_value_t = 8.0)]
    pub orders_per_second: f64,

    /// How many watch.
    #[arg(long, value_name = "NUMBER", default_value_t = 500)]
    pub watchers: usize,

    /// How long a watcher stays with one node on average, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub stay: f64,

    /// The same seed makes the same choices.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,

    /// Keep the history, the logs and the database in this folder. Without it they are removed after a clean run.
    #[arg(long, value_name = "PATH")]
    pub keep: Option<PathBuf>,
}

/// What a run is meant to show.
pub struct Aim {
    pub busy_for: Duration,
    pub nemeses: Vec<Nemesis>,
    /// Between two faults.
    pub pause: Duration,
    /// Watchers come and go, and break the rules, by themselves.
    pub restless: bool,
    pub planted: Option<String>,
    pub says: Says,
}

/// Whether the run tells how it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    Progress,
    Nothing,
}

/// A service that runs, with everybody at work.
pub(super) struct Running {
    pub(super) stage: Arc<Stage>,
    pub(super) targets: Targets,
    pub(super) sights: Vec<Arc<Sight>>,
    receivers: Receivers,
    pub(super) random: StdRng,
    pub(super) folder: PathBuf,
    keep: bool,
    /// What is found is expected, so nobody looks into it.
    planted: bool,
    writing: Writing,
    writers: JoinSet<()>,
    watchers: JoinSet<()>,
}

impl Size {
    pub fn node_count(&self) -> u32 {
        match self.database {
            Database::Sqlite => 1,
            Database::Postgres => self.nodes,
        }
    }

    /// What can be done to the service on this machine.
    pub async fn nemeses(&self) -> Vec<Nemesis> {
        let on_postgres = self.database == Database::Postgres;
        Nemesis::possible(on_postgres, self.wakeups == Wakeups::Nats, Tools::find().await)
    }
}

/// Runs as long and as hard as asked, and checks what came of it.
pub async fn run(size: &Size, aim: Aim) -> anyhow::Result<Report> {
    let (says, pause, nemeses) = (aim.says, aim.pause, aim.nemeses.clone());
    let busy_for = aim.busy_for;
    let mut running = Running::begin(size, &aim).await?;
    // Not the stage: the history is complete when nobody holds that any more.
    let tallies = running.stage.recorder.tallies.clone();
    let mut random = StdRng::seed_from_u64(running.random.random());
    let telling = tokio::spawn(async move {
        if says == Says::Progress {
            tell(&tallies).await;
        }
    });
    let haunted =
        running.targets.haunt(&running.stage, &nemeses, busy_for, pause, &mut random).await;
    let ended = match haunted {
        Ok(()) => running.end().await,
        Err(error) => Err(error.context(format!("see {}", running.folder.display()))),
    };
    telling.abort();
    ended
}

impl Running {
    /// Sets everything up and sends everybody to work.
    pub(super) async fn begin(size: &Size, aim: &Aim) -> anyhow::Result<Self> {
        let folder = match &size.keep {
            Some(folder) => folder.clone(),
            None => {
                std::env::temp_dir().join(format!("ordergate-history-{}", uuid::Uuid::now_v7()))
            }
        };
        std::fs::create_dir_all(&folder)?;
        let folder = folder.canonicalize()?;
        let (recorder, writing) = Recorder::start(&folder.join("history.jsonl"))?;
        let client = api::client()?;
        let postgres = match size.database {
            Database::Sqlite => None,
            Database::Postgres => Some(Postgres::start(&folder).await?),
        };
        let disk = match size.database {
            Database::Sqlite => {
                let is_to_be_full = aim.nemeses.contains(&Nemesis::DiskFull);
                Some(Disk::set_up(folder.join("disk"), is_to_be_full).await?)
            }
            Database::Postgres => None,
        };
        let database_url = match (&postgres, &disk) {
            (Some(postgres), _) => postgres.url.clone(),
            (None, Some(disk)) => format!("sqlite://{}", disk.database().display()),
            (None, None) => unreachable!("SQLite has a disk"),
        };
        let mut program = Program {
            path: size.program.canonicalize().with_context(|| {
                format!("there is no program {}; build it first", size.program.display())
            })?,
            database_url,
            folder: folder.clone(),
            flags: Vec::new(),
            planted: aim.planted.clone(),
        };
        let nats = match size.wakeups {
            Wakeups::Default | Wakeups::None => None,
            Wakeups::Nats => Some(Nats::start(&folder).await?),
        };
        match (size.wakeups, &nats) {
            (Wakeups::None, _) => program.flags.push("--wakeups=none".to_owned()),
            (Wakeups::Nats, Some(nats)) => program.flags.push(format!("--wakeups={}", nats.url)),
            (Wakeups::Default | Wakeups::Nats, _) => {}
        }
        let sound = Program { planted: None, ..program.clone() };
        let host = Node::start(0, sound, client.clone()).await?;
        let mut tenants = Vec::new();
        for number in 0..size.tenants {
            let name = format!("Seller {number}");
            tenants.push(world::tenant(&program, &client, host.proxy.address, &name).await?);
        }
        host.stop().await?;
        let mut nodes = Vec::new();
        for index in 0..size.node_count() {
            nodes.push(Arc::new(Node::start(index, program.clone(), client.clone()).await?));
        }
        let addresses: Vec<_> = nodes.iter().map(|node| node.proxy.address).collect();
        recorder.note("run", What::Run(aim.plan(size)));
        let stage = Arc::new(Stage::new(recorder, client, addresses, tenants));
        let targets = Targets { nodes, disk, postgres, nats };
        let mut random = StdRng::seed_from_u64(size.seed);
        let receivers = Receivers::start(stage.clone(), random.random()).await?;
        let mut running = Self {
            stage,
            targets,
            sights: Vec::new(),
            receivers,
            random,
            folder,
            keep: size.keep.is_some(),
            planted: aim.planted.is_some(),
            writing,
            writers: JoinSet::new(),
            watchers: JoinSet::new(),
        };
        running.hire(size, aim);
        Ok(running)
    }

    fn hire(&mut self, size: &Size, aim: &Aim) {
        let random = &mut self.random;
        let tenants = self.stage.tenants.len();
        for number in 0..size.watchers.max(tenants * 3) {
            let tenant = number % tenants;
            let sight = Arc::new(Sight::of(tenant));
            self.sights.push(sight.clone());
            let watcher = Watcher {
                stage: self.stage.clone(),
                sight,
                name: format!("s{number}"),
                seed: random.random(),
                feed: Feed::of(&self.stage.tenants[tenant], number / tenants, random),
                stays: aim.restless.then(|| Duration::from_secs_f64(size.stay)),
            };
            self.watchers.spawn(watcher.watch());
        }
        for number in 0..size.writers {
            let share = f64::from(u32::try_from(size.writers).unwrap_or(u32::MAX));
            let writer = Writer {
                stage: self.stage.clone(),
                name: format!("w{number}"),
                seed: random.random(),
                pace: Duration::from_secs_f64(share / size.orders_per_second),
            };
            self.writers.spawn(writer.work());
        }
    }

    /// Lets everybody finish, waits for the watchers, and checks the history.
    pub(super) async fn end(mut self) -> anyhow::Result<Report> {
        self.stage.act.send_replace(Act::Quiet);
        while let Some(ended) = self.writers.join_next().await {
            ended?;
        }
        self.stage.recorder.note("run", What::Heal);
        let healed = Instant::now();
        let heads = self.heads().await?;
        while !self.all_at(&heads) && healed.elapsed() < ARRIVAL {
            sleep(Duration::from_millis(50)).await;
        }
        self.note_pages(&heads).await?;
        self.note_billed().await?;
        self.stage.act.send_replace(Act::Over);
        self.receivers.end().await;
        while let Some(ended) = self.watchers.join_next().await {
            ended?;
        }
        for node in &self.targets.nodes {
            drop(node.kill().await?);
        }
        if let Some(postgres) = self.targets.postgres.take() {
            postgres.end().await?;
        }
        let Self { stage, targets, writing, folder, keep, planted, .. } = self;
        drop(stage);
        writing.end()?;
        let report = read_and_check(&folder.join("history.jsonl"))?;
        let is_over = report.verdict() == Verdict::Clean || planted;
        if keep || !is_over {
            if let Some(disk) = &targets.disk {
                disk.keep(&folder)?;
            }
            writeln!(stdout(), "kept in {}", folder.display())?;
        } else {
            drop(targets);
            std::fs::remove_dir_all(&folder)?;
        }
        Ok(report)
    }

    /// Where each tenant's log ends, once nothing moves any more.
    async fn heads(&self) -> anyhow::Result<Vec<Place>> {
        let mut before = Vec::new();
        loop {
            let mut heads = Vec::new();
            for tenant in &self.stage.tenants {
                let node = self.stage.nodes[0];
                let cursor =
                    api::ask(&self.stage.client, node, &tenant.admin, "{ feedCursor }", json!({}))
                        .await?;
                heads.push(Place::in_cursor(cursor.as_str().context("no cursor")?)?);
            }
            if heads == before {
                for (tenant, Place { epoch, pos }) in self.stage.tenants.iter().zip(&heads) {
                    let (tenant, epoch) = (tenant.id.clone(), epoch.clone());
                    self.stage.recorder.note("run", What::Head { tenant, epoch, pos: *pos });
                }
                return Ok(heads);
            }
            before = heads;
            // Provisioning looks for work each second.
            sleep(Duration::from_millis(2_500)).await;
        }
    }

    /// Writes down what lists give now that everything is over.
    async fn note_pages(&self, heads: &[Place]) -> anyhow::Result<()> {
        let Stage { client, nodes, tenants, recorder, .. } = &*self.stage;
        for (tenant, Place { epoch, pos }) in tenants.iter().zip(heads) {
            let list =
                api::ask(client, nodes[0], &tenant.admin, feeds::PAGE_NOW, json!({})).await?;
            let orders = watcher::orders(&list["nodes"]).collect();
            let (tenant, epoch) = (tenant.id.clone(), epoch.clone());
            recorder.note("run", What::Page { tenant, epoch, pos: *pos, orders });
        }
        Ok(())
    }

    /// Writes down what every tenant has billed now that everything is over.
    async fn note_billed(&self) -> anyhow::Result<()> {
        let Stage { client, nodes, tenants, recorder, .. } = &*self.stage;
        for tenant in tenants {
            let (documents, begun) = billed::read(client, nodes[0], &tenant.admin).await?;
            recorder.note("run", What::Billed { tenant: tenant.id.clone(), documents, begun });
        }
        Ok(())
    }

    fn all_at(&self, heads: &[Place]) -> bool {
        let mut sights = self.sights.iter().chain(&self.receivers.sights);
        sights.all(|it| it.pos.load(Ordering::Relaxed) >= heads[it.tenant].pos)
    }
}

impl Aim {
    fn plan(&self, size: &Size) -> Plan {
        // Far below what a healthy run brings, and far above what a run brings in which something does not work.
        let seconds = self.busy_for.as_secs();
        let watchers = size.watchers as u64;
        let reconnects = if self.restless { watchers * seconds / 300 } else { 0 };
        Plan {
            seed: size.seed,
            nemeses: self.nemeses.iter().map(|it| it.name().to_owned()).collect(),
            deliveries: watchers * seconds / 4,
            reconnects,
            node_switches: if size.node_count() > 1 { reconnects / 4 } else { 0 },
        }
    }
}

/// Reads a history from a file and runs every check.
pub fn read_and_check(path: &Path) -> anyhow::Result<Report> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(check(&History::read(BufReader::with_capacity(1 << 20, file))?))
}

async fn tell(tallies: &Tallies) {
    let begun = Instant::now();
    loop {
        sleep(Duration::from_secs(10)).await;
        let line = format!(
            "{:>5} s  {} steps acknowledged, {} deliveries, {} subscriptions, {} faults",
            begun.elapsed().as_secs(),
            tallies.acknowledged.load(Ordering::Relaxed),
            tallies.deliveries.load(Ordering::Relaxed),
            tallies.subscriptions.load(Ordering::Relaxed),
            tallies.faults.load(Ordering::Relaxed),
        );
        if writeln!(stdout(), "{line}").is_err() {
            return;
        }
    }
}
