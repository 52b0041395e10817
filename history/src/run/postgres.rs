//! A private PostgreSQL server.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};

use super::{
    node::free_address,
    process::{Process, run},
};

const OLDEST: u32 = 15;

/// A server with a data folder of its own. [`Postgres::end`] stops it.
pub(super) struct Postgres {
    pub(super) url: String,
    programs: PathBuf,
    folder: PathBuf,
    as_user: Option<&'static str>,
}

impl Postgres {
    /// Sets a server up below `folder` and starts it.
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("postgres");
        std::fs::create_dir_all(&folder)?;
        let port = free_address()?.port();
        let server = Self {
            url: format!("postgres://ordergate@127.0.0.1:{port}/postgres"),
            programs: programs().context("PostgreSQL 15 or newer is not installed")?,
            folder,
            as_user: user().await?,
        };
        if let Some(user) = server.as_user {
            let mut give = Command::new("chown");
            give.arg("--recursive").arg(user).arg(&server.folder);
            run(give).await?;
        }
        let data = server.data();
        let mut set_up = server.command("initdb");
        set_up.arg("--pgdata").arg(&data).args([
            "--username=ordergate",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
        ]);
        run(set_up).await?;
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
             max_connections = 200\n"
        );
        let file = data.join("postgresql.conf");
        let before = std::fs::read_to_string(&file)?;
        std::fs::write(&file, before + &settings)?;
        server.control(&["start", "--wait"]).await?;
        Ok(server)
    }

    /// Starts a server on a copy of the data of one that still runs, as if that had lost its power.
    pub(super) async fn resume(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder.join("postgres");
        let port = free_address()?.port();
        let server = Self {
            url: format!("postgres://ordergate@127.0.0.1:{port}/postgres"),
            programs: programs().context("PostgreSQL 15 or newer is not installed")?,
            folder,
            as_user: user().await?,
        };
        // It names a process that lives, though not on this data.
        std::fs::remove_file(server.data().join("postmaster.pid"))?;
        server.control(&["start", "--wait", "--options", &format!("-p {port}")]).await?;
        Ok(server)
    }

    /// Restarts the server without letting it finish anything; says what shows it.
    pub(super) async fn restart_immediately(&self) -> anyhow::Result<Option<String>> {
        let before = self.recoveries()?;
        self.control(&["restart", "--mode=immediate", "--wait"]).await?;
        let recoveries = self.recoveries()? - before;
        Ok((recoveries > 0)
            .then(|| "the server's log tells of a recovery after a crash".to_owned()))
    }

    pub(super) async fn end(self) -> anyhow::Result<()> {
        self.control(&["stop", "--mode=immediate", "--wait"]).await
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    fn recoveries(&self) -> anyhow::Result<usize> {
        let log = std::fs::read_to_string(self.log())?;
        Ok(log.matches("automatic recovery in progress").count())
    }

    async fn control(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut command = self.command("pg_ctl");
        command.args(arguments).arg("--pgdata").arg(self.data()).arg("--log").arg(self.log());
        // The server would keep a pipe open for ever.
        let said = self.folder.join("control");
        let file = File::create(&said)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let status = Process::spawn(&mut command)?.end().await?;
        ensure!(status.success(), "{command:?}: {status}: {}", std::fs::read_to_string(&said)?);
        Ok(())
    }

    fn command(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = match self.as_user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["--user", user, "--"]).arg(path);
                command
            }
            None => Command::new(path),
        };
        // From there: the current folder may not be that user's to see.
        command.current_dir(&self.folder);
        command
    }
}

/// As whom the server runs, where it cannot be the user of this program: PostgreSQL refuses to run as root.
async fn user() -> anyhow::Result<Option<&'static str>> {
    let mut who = Command::new("id");
    who.arg("--user");
    Ok((run(who).await?.trim() == "0").then_some("postgres"))
}

/// Where the newest PostgreSQL server's programs are. Debian keeps them out of the PATH.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| version(path) >= Some(OLDEST) && path.join("bin/initdb").exists())
        .max_by_key(|path| version(path))
        .map(|path| path.join("bin"))
        .or_else(|| {
            std::env::var_os("PATH").and_then(|paths| {
                std::env::split_paths(&paths).find(|path| path.join("initdb").exists())
            })
        })
}
