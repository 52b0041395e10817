//! A PostgreSQL server for the time of the run.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use sea_orm::{ConnectionTrait, Database, DbErr};

use crate::processes::{free_address, run};

/// Everything durable, as PostgreSQL has it from the start; memory as for a small server.
const SETTINGS: &str = "
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 300
shared_buffers = 512MB
effective_cache_size = 2GB
max_wal_size = 4GB
log_line_prefix = '%c '
unix_socket_directories = ''
";

/// Where databases are created.
pub(crate) struct Postgres {
    /// An address without the name of a database.
    url: String,
    databases: Vec<String>,
    /// The cluster of this run; none where the server is somebody else's.
    cluster: Option<Cluster>,
}

struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
}

impl Postgres {
    /// Uses a server that runs already; `url` may name any of its databases.
    pub(crate) fn running(url: &str) -> anyhow::Result<Self> {
        let (server, _) = url.rsplit_once('/').context("a PostgreSQL address ends in /NAME")?;
        Ok(Self { url: server.to_owned(), databases: Vec::new(), cluster: None })
    }

    /// Makes a cluster and starts it.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs()?;
        let cluster = Cluster { programs, folder: folder.to_owned() };
        fs::create_dir(folder)?;
        if is_root()? {
            // PostgreSQL refuses to run as root.
            let parent = folder.parent().context("a folder lies in another")?;
            fs::set_permissions(parent, fs::Permissions::from_mode(0o711))?;
            run(Command::new("chown").arg("postgres").arg(folder))?;
        }
        let data = folder.join("data");
        let port = free_address()?.port();
        cluster.run("initdb", |initdb| {
            initdb.args(["--username=bench", "--auth=trust", "--encoding=UTF8", "--no-locale"]);
            initdb.arg("--pgdata").arg(&data)
        })?;
        let settings = format!("{SETTINGS}listen_addresses = '127.0.0.1'\nport = {port}\n");
        let file = data.join("postgresql.conf");
        fs::write(&file, fs::read_to_string(&file)? + &settings)?;
        cluster.run("pg_ctl", |pg_ctl| {
            pg_ctl.args(["start", "--wait", "--timeout=60", "--silent"]);
            pg_ctl.arg("--pgdata").arg(&data).arg("--log").arg(folder.join("log"))
        })?;
        let url = format!("postgres://bench@127.0.0.1:{port}");
        Ok(Self { url, databases: Vec::new(), cluster: Some(cluster) })
    }

    /// Makes an empty database and gives its address.
    pub(crate) async fn create(&mut self, name: &str) -> anyhow::Result<String> {
        let name = format!("ordergate_bench_{}_{name}", std::process::id());
        self.command(&format!("CREATE DATABASE {name}")).await?;
        let url = format!("{}/{name}", self.url);
        self.databases.push(name);
        Ok(url)
    }

    /// Drops the databases of this run where the server lives on.
    pub(crate) async fn clean_up(self) -> anyhow::Result<()> {
        if self.cluster.is_none() {
            for name in &self.databases {
                self.command(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
            }
        }
        Ok(())
    }

    async fn command(&self, sql: &str) -> Result<(), DbErr> {
        let connection = Database::connect(format!("{}/postgres", self.url)).await?;
        connection.execute_unprepared(sql).await?;
        connection.close().await
    }

    /// Where the server writes what it does; each line begins with the session. None where the server is somebody else's.
    pub(crate) fn log(&self) -> Option<PathBuf> {
        self.cluster.as_ref().map(|cluster| cluster.folder.join("log"))
    }

    pub(crate) fn version(&self) -> anyhow::Result<Option<String>> {
        let Some(cluster) = &self.cluster else { return Ok(None) };
        run(Command::new(cluster.programs.join("postgres")).arg("--version")).map(Some)
    }
}

impl Cluster {
    fn run(
        &self,
        program: &str,
        arguments: impl FnOnce(&mut Command) -> &mut Command,
    ) -> anyhow::Result<()> {
        let mut command = if is_root()? {
            let mut command = Command::new("runuser");
            command.args(["--user", "postgres", "--"]).arg(self.programs.join(program));
            command
        } else {
            Command::new(self.programs.join(program))
        };
        // From there: this folder may not be that user's to see. Into files, because the server inherits them.
        command
            .current_dir(&self.folder)
            .stdout(fs::File::create(self.folder.with_extension("out"))?)
            .stderr(fs::File::create(self.folder.with_extension("err"))?);
        let status = arguments(&mut command).status()?;
        let told = fs::read_to_string(self.folder.with_extension("err"))?;
        anyhow::ensure!(status.success(), "{program} failed: {told}");
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.run("pg_ctl", |pg_ctl| {
            pg_ctl.args(["stop", "--mode=immediate", "--wait", "--silent"]);
            pg_ctl.arg("--pgdata").arg(self.folder.join("data"))
        }));
    }
}

fn is_root() -> anyhow::Result<bool> {
    Ok(run(Command::new("id").arg("--user"))? == "0")
}

/// Where the newest server's programs are. Debian keeps them out of the PATH.
fn programs() -> anyhow::Result<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.retain(|folder| folder.join("initdb").exists());
    folders.pop().context("PostgreSQL is missing: install it, or give --postgres-url")
}
