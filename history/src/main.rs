//! `history`: run Ordergate under faults and check what its clients saw.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};
use history::{
    check::{Report, Verdict},
    run::{
        Nemesis,
        faults::{self, Search},
        powercut, rolling,
        scenario::{self, Aim, Says, Size, read_and_check},
    },
};

const EXAMPLES: &str = "\
Examples:
  history run --minutes 10                                          SQLite, one node
  history run --minutes 10 --database postgres --nodes 3            PostgreSQL, three nodes
  history run --minutes 10 --database postgres --wakeups none       with every wake-up dropped
  history rolling --database postgres                               a rolling restart under load
  history faults --program PATH                                     faults planted on purpose, 18 of 18
  history powercut --database postgres                              what survives when the power is cut
  history check history.jsonl                                       a history that was kept

Build the program first: cargo build. As root, PostgreSQL runs as the user postgres.

Exit codes: 0 clean, 1 something failed, 2 a flag is wrong, 3 the promise was broken, 4 the run proves nothing.";

/// Runs Ordergate with writers, watchers and faults, writes down what they see, and holds that against the promise:
/// every status change reaches every watcher in order, once, across reconnects and crashes.
#[derive(Debug, Parser)]
#[command(name = "history", after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run with faults: kills, pauses, restarts, cut, slow and stalled connections, crashes of PostgreSQL, and disks that
    /// are full, broken or read-only.
    Run {
        #[command(flatten)]
        size: Size,

        /// How long writers write and faults happen.
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,

        /// How long it is quiet between two faults, in seconds, on average.
        #[arg(long, value_name = "SECONDS", default_value_t = 3.0)]
        pause: f64,

        /// No faults: only watchers that come and go.
        #[arg(long)]
        calm: bool,
    },
    /// Restart one node after the other under load, and tell how long watchers were without news.
    Rolling {
        #[command(flatten)]
        size: Size,

        /// How often each node is restarted.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        rounds: u32,
    },
    /// Cut the power again and again, and check that everything acknowledged is there afterwards. Needs root, loop
    /// devices, XFS and ext4.
    Powercut {
        #[command(flatten)]
        size: Size,

        /// How often the power is cut.
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        images: u32,
    },
    /// Look for eighteen faults that are planted in the program, each of which the checks must find.
    Faults {
        /// A program that was built with `cargo build --features planted-faults`.
        #[arg(
            long,
            env = "ORDERGATE_PROGRAM",
            value_name = "PATH",
            default_value = "target/debug/ordergate"
        )]
        program: PathBuf,

        /// Only this fault; may be given several times.
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,

        /// The same seed makes the same choices.
        #[arg(long, value_name = "NUMBER", default_value_t = 1)]
        seed: u64,
    },
    /// Check a history that was kept.
    Check {
        /// The file.
        history: PathBuf,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let report = match Cli::parse().command {
        Command::Run { size, minutes, pause, calm } => {
            let aim = Aim {
                busy_for: Duration::from_secs_f64(minutes * 60.0),
                nemeses: if calm { Vec::new() } else { size.nemeses().await },
                pause: Duration::from_secs_f64(pause),
                restless: true,
                planted: None,
                says: Says::Progress,
            };
            scenario::run(&size, aim).await?
        }
        Command::Rolling { size, rounds } => {
            let aim = Aim {
                busy_for: Duration::ZERO,
                nemeses: vec![Nemesis::Restart],
                pause: Duration::ZERO,
                restless: false,
                planted: None,
                says: Says::Nothing,
            };
            rolling::run(&size, &aim, rounds).await?
        }
        Command::Faults { program, only, seed } => {
            let all = faults::run(&Search { program, only, seed }).await?;
            return Ok(if all { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
        Command::Powercut { size, images } => {
            let sound = powercut::run(&size, images).await?;
            return Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(3) });
        }
        Command::Check { history } => read_and_check(&history)?,
    };
    tell(&report)
}

fn tell(report: &Report) -> anyhow::Result<ExitCode> {
    writeln!(stdout(), "{report}")?;
    Ok(match report.verdict() {
        Verdict::Clean => ExitCode::SUCCESS,
        Verdict::Violated => ExitCode::from(3),
        Verdict::Refused => ExitCode::from(4),
    })
}
