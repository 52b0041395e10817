//! Other programs, without blocking anybody.

use std::{
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use anyhow::{Context, ensure};
use tokio::task::spawn_blocking;

/// A process that runs in the background. Killed when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
}

impl Process {
    pub(super) fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
        Ok(Self { child })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it has ended, if it has.
    pub(super) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end.
    pub(super) async fn end(mut self) -> anyhow::Result<ExitStatus> {
        Ok(spawn_blocking(move || self.child.wait()).await??)
    }

    /// Kills it with SIGKILL and gives the signal by which it ended.
    pub(super) async fn kill(mut self) -> anyhow::Result<Option<i32>> {
        self.child.kill()?;
        Ok(self.end().await?.signal())
    }

    pub(super) async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let mut command = Command::new("kill");
        command.args([format!("-{name}"), self.id().to_string()]);
        run(command).await.map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Runs a command to its end and gives what it says, on standard output alone, if it succeeds.
pub(super) async fn run(mut command: Command) -> anyhow::Result<String> {
    let name = format!("{command:?}");
    command.stdin(Stdio::null());
    let output = spawn_blocking(move || command.output()).await?;
    let Output { status, stdout, stderr } = output.with_context(|| name.clone())?;
    let (said, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    ensure!(status.success(), "{name}: {status}: {said}{errors}");
    Ok(said.into_owned())
}
