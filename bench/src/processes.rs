//! Servers as processes of their own: started, watched from outside, and ended with the value that holds them.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{
    arguments::{Group, RunArguments},
    http::{self, Connection},
};

/// Ten thousand watchers, and what else there is.
const OPEN_FILES: u64 = 11_000;

const START_TIMEOUT: Duration = Duration::from_mins(1);

/// The kernel counts CPU time in hundredths of a second, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a program that listens where `arguments` are told, and waits until it does.
    pub(crate) async fn start(
        program: &Path,
        log: &Path,
        arguments: impl FnOnce(SocketAddr) -> Vec<String>,
    ) -> anyhow::Result<Self> {
        let address = free_address()?;
        let log_file = fs::File::create(log)?;
        let child = Command::new(program)
            .args(arguments(address))
            // What strangers ask is measured, so it must be looked at. Not an argument: an older program has no such limit.
            .env("ORDERGATE_LIMIT_ANONYMOUS_PER_SECOND", "0")
            .env("ORDERGATE_WEBHOOKS_TO_LOCALHOST", "on")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log_file)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self { child, address };
        let begun = Instant::now();
        while Connection::open(address).await.is_err() {
            if server.child.try_wait()?.is_some() || begun.elapsed() > START_TIMEOUT {
                bail!("{} did not start: {}", program.display(), fs::read_to_string(log)?);
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    /// How long its threads have run since it started.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name of the program comes second, in brackets, and may contain anything.
        let fields = stat.rsplit_once(')').context("the kernel names the process")?.1;
        let ticks = |field: usize| -> anyhow::Result<f64> {
            Ok(fields.split_whitespace().nth(field).context("the kernel counts")?.parse()?)
        };
        Ok(Duration::from_secs_f64((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND))
    }

    /// How many bytes of it are in memory.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.context("the kernel counts memory")?.trim().trim_end_matches(" kB");
        Ok(kibibytes.parse::<u64>()? * 1024)
    }

    /// A counter that it shows at `/metrics`; none if it shows none of this name.
    pub(crate) async fn counter(&self, name: &str) -> Option<f64> {
        let mut connection = Connection::open(self.address).await.ok()?;
        let page = connection.exchange(&http::get("/metrics")).await.ok()?;
        let lines = str::from_utf8(page).ok()?.lines();
        let values = lines.filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let value = if rest.starts_with('{') { rest.rsplit_once('}')?.1 } else { rest };
            value.strip_prefix(' ')?.trim().parse::<f64>().ok()
        });
        values.reduce(|sum, value| sum + value)
    }

    /// Asks one question with a key.
    pub(crate) async fn ask(
        &self,
        key: &str,
        query: &str,
        variables: &Value,
    ) -> anyhow::Result<Value> {
        let mut connection = Connection::open(self.address).await?;
        http::data(connection.exchange(&http::graphql(key, query, variables)).await?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What it keeps lies in a temporary folder.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// Runs a command to its end and gives what it printed.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<String> {
    let done = command.output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8(done.stdout)?.trim().to_owned())
}

/// Builds `ordergate` as it is released, and says where it is.
pub(crate) fn build_ordergate() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let status = Command::new(cargo)
        .args(["build", "--release", "--locked", "--bin", "ordergate", "--manifest-path"])
        .arg(manifest)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "ordergate cannot be built");
    // Cargo puts the programs of one workspace into one folder.
    Ok(std::env::current_exe()?.with_file_name("ordergate"))
}

/// Ten thousand sockets need as many file descriptors.
pub(crate) fn allow_many_sockets(arguments: &RunArguments) -> anyhow::Result<()> {
    let many = [Group::FanOut, Group::ManyFeeds, Group::Idle];
    if arguments.quick || !many.iter().any(|group| arguments.wants(*group)) {
        return Ok(());
    }
    let limits = fs::read_to_string("/proc/self/limits")?;
    let open_files = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = open_files.and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    let enough = soft == "unlimited" || soft.parse::<u64>().is_ok_and(|soft| soft >= OPEN_FILES);
    ensure!(
        enough,
        "{soft} open files are too few for many watchers: run `ulimit -n {OPEN_FILES}` first"
    );
    Ok(())
}
