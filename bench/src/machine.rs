//! Where and with what was measured.

use std::{
    fmt::{self, Display},
    fs,
    process::Command,
};

use anyhow::Context;
use sea_orm::{ConnectionTrait, Database, Statement};

use crate::processes::run;

pub(crate) struct Machine(Vec<(&'static str, String)>);

impl Machine {
    pub(crate) async fn look(postgres: Option<String>) -> anyhow::Result<Self> {
        let processor = fs::read_to_string("/proc/cpuinfo")?;
        let model = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown", |(_, model)| model);
        let cores = std::thread::available_parallelism()?;
        let memory = fs::read_to_string("/proc/meminfo")?;
        let total = memory
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))
            .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok())
            .unwrap_or_default();
        let sqlite = sqlite_version().await?;
        let commit = run(Command::new("git").args(["rev-parse", "--short=12", "HEAD"]))
            .unwrap_or_else(|_| "unknown".to_owned());
        let changed =
            run(Command::new("git").args(["status", "--porcelain", "--untracked-files=no"]))
                .is_ok_and(|changes| !changes.is_empty());
        let commit = if changed { format!("{commit} with changes") } else { commit };
        Ok(Self(vec![
            (
                "Processor",
                format!("{model}, {cores} cores, shared with the driver and the database"),
            ),
            ("Memory", format!("{} MiB", total / 1_024)),
            ("Kernel", run(Command::new("uname").arg("--kernel-release"))?),
            ("Rust", run(Command::new("rustc").arg("--version"))?),
            (
                "Databases",
                [postgres, Some(sqlite)].into_iter().flatten().collect::<Vec<_>>().join("; "),
            ),
            ("Commit", commit),
            ("Date", run(Command::new("date").args(["--utc", "+%Y-%m-%d %H:%M UTC"]))?),
        ]))
    }
}

/// The SQLite that is built in.
async fn sqlite_version() -> anyhow::Result<String> {
    let connection = Database::connect("sqlite::memory:").await?;
    let statement =
        Statement::from_string(connection.get_database_backend(), "SELECT sqlite_version()");
    let row = connection.query_one_raw(statement).await?.context("SQLite tells its version")?;
    Ok(format!("SQLite {}", row.try_get_by_index::<String>(0)?))
}

impl Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, value)| writeln!(f, "- {name}: {value}"))
    }
}
