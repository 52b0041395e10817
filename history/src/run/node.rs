//! The program in processes of its own, each behind a proxy.

use std::{
    fs::OpenOptions,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use super::{
    process::{self, Process},
    proxy::Proxy,
};

/// How long a node may take to be ready; a debug build on a busy machine is slow.
const READY_WITHIN: Duration = Duration::from_mins(1);
const STOPPED_WITHIN: Duration = Duration::from_secs(40);

/// Clients of a run are few and ask fast, so what protects a server from many strangers is off.
const LIMITS: &[&str] = &[
    "--limit-in-flight=2048",
    "--limit-connections=20000",
    "--limit-connections-per-address=20000",
    "--limit-queries-per-second=0",
    "--limit-mutations-per-second=0",
    "--limit-watchers=20000",
    "--limit-watchers-per-tenant=20000",
    "--limit-websockets-per-caller=20000",
    "--limit-websocket-messages-per-second=0",
    "--heartbeat-seconds=1",
    "--graphiql=off",
    "--webhooks-to-localhost=on",
    "--log-level=warn",
];

/// What all nodes have in common.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    pub(super) database_url: String,
    /// For logs.
    pub(super) folder: PathBuf,
    /// Further flags.
    pub(super) flags: Vec<String>,
    /// A fault that a program with planted faults is to have.
    pub(super) planted: Option<String>,
}

impl Program {
    /// Runs a command of the program and gives what it prints.
    pub(super) async fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.path);
        command.args(arguments);
        process::run(command).await
    }
}

/// One node of the service.
pub(super) struct Node {
    pub(super) index: u32,
    /// Where clients reach it.
    pub(super) proxy: Proxy,
    address: SocketAddr,
    program: Program,
    client: reqwest::Client,
    process: Mutex<Option<Process>>,
}

impl Node {
    /// Starts a node and waits until it is ready.
    pub(super) async fn start(
        index: u32,
        program: Program,
        client: reqwest::Client,
    ) -> anyhow::Result<Self> {
        let address = free_address()?;
        let proxy = Proxy::start(address).await?;
        let node = Self { index, proxy, address, program, client, process: Mutex::default() };
        node.up().await?;
        Ok(node)
    }

    /// Starts the process, unless it runs, and waits until it is ready.
    pub(super) async fn up(&self) -> anyhow::Result<()> {
        let mut process = self.process.lock().await;
        if process.is_some() {
            return Ok(());
        }
        let Program { path, database_url, flags, planted, folder } = &self.program;
        let log = OpenOptions::new().create(true).append(true).open(self.log(folder))?;
        let mut command = Command::new(path);
        command
            .args(["serve", "--migrate", "--listen", &self.address.to_string()])
            .args(["--database-url", database_url])
            .args(LIMITS)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if let Some(fault) = planted {
            command.env("ORDERGATE_PLANTED_FAULT", fault);
        }
        let mut started = Process::spawn(&mut command)?;
        let deadline = Instant::now() + READY_WITHIN;
        while !self.is_ready().await {
            if let Some(status) = started.ended()? {
                bail!("node {} ended at once: {status}; see {}", self.index, folder.display());
            }
            ensure!(Instant::now() < deadline, "node {} did not become ready", self.index);
            sleep(Duration::from_millis(20)).await;
        }
        *process = Some(started);
        Ok(())
    }

    pub(super) async fn is_ready(&self) -> bool {
        let url = format!("http://{}/readyz", self.address);
        let answer = self.client.get(url).timeout(Duration::from_secs(5)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// What the node says of itself while it cannot serve for this reason.
    pub(super) async fn unready_because(&self, because: &str) -> Option<String> {
        let url = format!("http://{}/readyz", self.address);
        let answer = self.client.get(url).timeout(Duration::from_secs(5)).send().await.ok()?;
        let said: serde_json::Value = answer.json().await.ok()?;
        let reason = said["reason"].as_str().filter(|_| said["because"] == because)?;
        Some(reason.to_owned())
    }

    /// The process, if it runs.
    pub(super) async fn process(&self) -> Option<u32> {
        self.process.lock().await.as_ref().map(Process::id)
    }

    /// Kills the process with SIGKILL and says what shows it.
    pub(super) async fn kill(&self) -> anyhow::Result<Option<String>> {
        let Some(process) = self.process.lock().await.take() else { return Ok(None) };
        let id = process.id();
        let signal = process.kill().await?;
        Ok((signal == Some(9)).then(|| format!("process {id} ended by signal 9")))
    }

    /// Asks the process to stop and waits for its end; says what shows that it ended well.
    pub(super) async fn stop(&self) -> anyhow::Result<Option<String>> {
        let Some(process) = self.process.lock().await.take() else { return Ok(None) };
        let id = process.id();
        let asked = Instant::now();
        process.signal("TERM").await?;
        let status = timeout(STOPPED_WITHIN, process.end()).await.context("it did not stop")??;
        let took = asked.elapsed().as_secs_f64();
        Ok(status.success().then(|| format!("process {id} ended with 0 after {took:.1} s")))
    }

    /// Stops the process where it stands, for a while; says what shows it.
    pub(super) async fn pause(&self, length: Duration) -> anyhow::Result<Option<String>> {
        let process = self.process.lock().await;
        let Some(process) = &*process else { return Ok(None) };
        process.signal("STOP").await?;
        sleep(length / 2).await;
        let state = state(process.id()).await;
        sleep(length / 2).await;
        process.signal("CONT").await?;
        let id = process.id();
        Ok((state? == "T").then(|| format!("process {id} in state T for {length:?}")))
    }

    /// The lines of the node's log.
    fn log(&self, folder: &Path) -> PathBuf {
        folder.join(format!("node-{}.log", self.index))
    }
}

/// The letter of a process's state, as the kernel tells it.
async fn state(process: u32) -> anyhow::Result<String> {
    let stat = tokio::task::spawn_blocking(move || {
        std::fs::read_to_string(format!("/proc/{process}/stat"))
    })
    .await??;
    let after_name = stat.rsplit_once(')').context("the kernel tells no state")?.1;
    Ok(after_name.split_whitespace().next().unwrap_or_default().to_owned())
}

pub(super) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
