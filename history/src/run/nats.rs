//! A NATS server, where one is installed.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use tokio::{net::TcpStream, sync::Mutex, time::sleep};

use super::{node::free_address, process::Process};

/// A server that keeps what it has in a folder of its own. Ends when dropped.
pub(super) struct Nats {
    pub(super) url: String,
    port: u16,
    folder: PathBuf,
    process: Mutex<Option<Process>>,
}

impl Nats {
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("nats");
        let port = free_address()?.port();
        let process = Mutex::new(Some(spawn(&folder, port).await?));
        Ok(Self { url: format!("nats://127.0.0.1:{port}"), port, folder, process })
    }

    /// Kills the server, removes all that it has kept, and starts it again; says what shows it.
    pub(super) async fn wipe(&self) -> anyhow::Result<Option<String>> {
        let mut process = self.process.lock().await;
        let running = process.take().context("nats-server has not come back")?;
        let signal = running.kill().await?;
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        sleep(Duration::from_secs(1)).await;
        *process = Some(spawn(&self.folder, self.port).await?);
        Ok((signal == Some(9))
            .then(|| "nats-server ended by signal 9 and came back empty".to_owned()))
    }
}

async fn spawn(folder: &Path, port: u16) -> anyhow::Result<Process> {
    let mut command = Command::new("nats-server");
    command
        .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream", "--store_dir"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut process = Process::spawn(&mut command)?;
    for _ in 0..500 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok(process);
        }
        ensure!(process.ended()?.is_none(), "nats-server ended at once");
        sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("nats-server does not answer")
}
