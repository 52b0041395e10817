//! The proof of the proof: faults planted in the program on purpose, each of which the checks must find.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{
    Nemesis,
    scenario::{self, Aim, Database, Says, Size, Wakeups},
};
use crate::check::Verdict;

/// A planted fault, and where it shows.
struct Planted {
    /// As `ORDERGATE_PLANTED_FAULT` names it.
    name: &'static str,
    database: Database,
    nemeses: &'static [Nemesis],
}

/// On one node unless it takes several, and with no more trouble than it takes.
const PLANTED: &[Planted] = &[
    on_postgres("tail-by-id", &[]),
    on_postgres("tail-by-transaction", &[]),
    on_sqlite("lag-ignored", &[]),
    on_postgres("notify-only", &[]),
    on_sqlite("cursor-off-by-one", &[]),
    on_postgres("ack-before-commit", &[Nemesis::Kill]),
    on_postgres("swallowed-error", &[]),
    on_sqlite("failed-commit-trusted", &[Nemesis::FailingFlush]),
    on_sqlite("hint-trusted", &[]),
    on_sqlite("snapshot-before-position", &[]),
    on_postgres("sequencer-unfenced", &[]),
    on_sqlite("retention-untold", &[Nemesis::Kill]),
    on_sqlite("duplicate-operation", &[]),
    on_sqlite("number-burnt", &[]),
    on_sqlite("charge-repeated", &[]),
    on_postgres("charge-forgotten", &[]),
    on_sqlite("sums-short", &[]),
    on_sqlite("webhook-unanswered", &[]),
];

/// How long each fault is looked for, again and again, until it is found: the next time longer.
const LOOKS: &[Duration] =
    &[Duration::from_secs(6), Duration::from_secs(12), Duration::from_secs(24)];

const fn on_sqlite(name: &'static str, nemeses: &'static [Nemesis]) -> Planted {
    Planted { name, database: Database::Sqlite, nemeses }
}

const fn on_postgres(name: &'static str, nemeses: &'static [Nemesis]) -> Planted {
    Planted { name, database: Database::Postgres, nemeses }
}

/// What to look at.
pub struct Search {
    /// A program with planted faults.
    pub program: PathBuf,
    /// Only these; empty: all.
    pub only: Vec<String>,
    pub seed: u64,
}

/// Looks for every fault and tells which check found it. False if one was not found.
pub async fn run(search: &Search) -> anyhow::Result<bool> {
    let wanted = |name: &str| search.only.is_empty() || search.only.iter().any(|it| it == name);
    let planted: Vec<_> = PLANTED.iter().filter(|planted| wanted(planted.name)).collect();
    let mut caught = 0;
    for planted in &planted {
        let begun = Instant::now();
        let found = find(search, planted).await?;
        caught += usize::from(!found.is_empty());
        let found = if found.is_empty() { "NOT CAUGHT".to_owned() } else { found.join(", ") };
        let took = begun.elapsed().as_secs();
        writeln!(stdout(), "{:<25} {took:>3} s  {found}", planted.name)?;
    }
    writeln!(stdout(), "{caught} of {} caught", planted.len())?;
    Ok(caught == planted.len())
}

/// The checks that find a fault.
async fn find(search: &Search, planted: &Planted) -> anyhow::Result<Vec<&'static str>> {
    let size = Size {
        program: search.program.clone(),
        database: planted.database,
        nodes: 3,
        wakeups: Wakeups::Default,
        tenants: 2,
        writers: 16,
        orders_per_second: 20.0,
        watchers: 60,
        stay: 2.0,
        seed: search.seed,
        keep: None,
    };
    for busy_for in LOOKS {
        let aim = Aim {
            busy_for: *busy_for,
            nemeses: planted.nemeses.to_vec(),
            pause: Duration::from_secs(1),
            restless: true,
            planted: Some(planted.name.to_owned()),
            says: Says::Nothing,
        };
        let report = scenario::run(&size, aim).await?;
        if report.verdict() == Verdict::Violated {
            return Ok(report.violated().map(crate::check::Check::name).collect());
        }
    }
    Ok(Vec::new())
}
