//! The disk under an SQLite database, and what can go wrong with it.

use std::{
    fs::File,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rand::{RngExt, rngs::StdRng};
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    node::Node,
    process::{Process, run},
};

/// How soon a service under load must say that it cannot write.
const NOTICED_WITHIN: Duration = Duration::from_secs(30);
/// How soon it must write again by itself.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// Enough for the database of a long run.
const SIZE: &str = "size=512m";

/// Where an SQLite database lives. Taken down when dropped.
pub(super) struct Disk {
    folder: PathBuf,
    is_mounted: bool,
}

/// What this machine allows to be done to a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tools {
    /// A file system of its own, which can be full.
    pub(super) mounts: bool,
    /// Answers of the kernel that are not the kernel's.
    pub(super) injects: bool,
}

impl Tools {
    /// Looks what there is.
    pub async fn find() -> Self {
        let mut id = Command::new("id");
        id.arg("--user");
        let is_root = run(id).await.is_ok_and(|user| user.trim() == "0");
        let mut strace = Command::new("strace");
        strace.args(["--output=/dev/null", "true"]);
        // Where the kernel has this, it lets only root look into a process that is not a child.
        let guarded = std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
        let may_look = is_root || guarded.is_ok_and(|scope| scope.trim() == "0");
        Self {
            mounts: is_root && can_mount().await,
            injects: may_look && run(strace).await.is_ok(),
        }
    }
}

async fn can_mount() -> bool {
    let folder = std::env::temp_dir().join(format!("ordergate-mount-{}", uuid::Uuid::now_v7()));
    let mounts = async {
        std::fs::create_dir(&folder)?;
        let disk = Disk { folder: folder.clone(), is_mounted: true };
        mount(&disk.folder).await
    };
    let can = mounts.await.is_ok();
    // It may never have been made.
    drop(std::fs::remove_dir(&folder));
    can
}

async fn mount(folder: &Path) -> anyhow::Result<()> {
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(folder);
    run(mount).await.map(drop)
}

impl Disk {
    /// A disk in this folder: one of its own where it is to be full.
    pub(super) async fn set_up(folder: PathBuf, is_to_be_full: bool) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        if is_to_be_full {
            mount(&folder).await?;
        }
        Ok(Self { folder, is_mounted: is_to_be_full })
    }

    /// Where the database is.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("ordergate.db")
    }

    /// Keeps what is on a disk that is about to go.
    pub(super) fn keep(&self, folder: &Path) -> anyhow::Result<()> {
        if !self.is_mounted {
            return Ok(());
        }
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// Fills the disk, waits until the service says so and longer, and makes room again; says what shows it.
    pub(super) async fn fill(
        &self,
        node: &Node,
        length: Duration,
    ) -> anyhow::Result<Option<String>> {
        ensure!(self.is_mounted, "a disk that others use must not be full");
        let filler = self.folder.join("filler");
        let file = filler.clone();
        let written = spawn_blocking(move || fill(&file)).await??;
        let said = node.says_it_cannot_write(NOTICED_WITHIN).await;
        sleep(length).await;
        std::fs::remove_file(filler)?;
        let back = node.is_back_within(BACK_WITHIN).await?;
        Ok(said.map(|said| {
            format!("{written} bytes filled the disk, the node said: {said}; ready {back:?} after")
        }))
    }

    /// Lets every call of this kind fail in the node, on the files of the database; says what shows it.
    pub(super) async fn fail(
        &self,
        node: &Node,
        fault: Fault,
        length: Duration,
    ) -> anyhow::Result<Option<String>> {
        let Some(process) = node.process().await else { return Ok(None) };
        let seen = self.folder.join("seen");
        let (calls, error) = (fault.calls, fault.error);
        let mut strace = Command::new("strace");
        strace
            .args(["--follow-forks", "--attach"])
            .arg(process.to_string())
            .arg("--output")
            .arg(&seen)
            .arg(format!("--trace={calls}"))
            .arg(format!("--inject={calls}:error={error}"));
        for file in ["ordergate.db", "ordergate.db-wal"] {
            strace.arg("--trace-path").arg(self.folder.join(file));
        }
        strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let strace = Process::spawn(&mut strace)?;
        let said = node.says_it_cannot_write(NOTICED_WITHIN).await;
        sleep(length).await;
        // It lets go of the node and ends.
        strace.signal("TERM").await?;
        strace.end().await?;
        let failed = std::fs::read_to_string(&seen)
            .with_context(|| format!("strace wrote no {}", seen.display()))?
            .matches("(INJECTED)")
            .count();
        let back = node.is_back_within(BACK_WITHIN).await?;
        Ok(said.filter(|_| failed > 0).map(|said| {
            format!("{failed} × {calls} failed with {error}, the node said: {said}; ready {back:?} after")
        }))
    }
}

/// Calls of the kernel, and the error that they end with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    calls: &'static str,
    error: &'static str,
}

impl Fault {
    /// What does not come to the disk.
    pub(super) fn of_flush(random: &mut StdRng) -> Self {
        const FLUSH: &str = "fsync,fdatasync";
        const WRITE: &str = "pwrite64,write";
        let faults = [(FLUSH, "EIO"), (FLUSH, "ENOSPC"), (WRITE, "EIO"), (WRITE, "ENOSPC")];
        let (calls, error) = faults[random.random_range(0..faults.len())];
        Self { calls, error }
    }

    /// What the kernel answers once it has turned a file system read-only.
    pub(super) const READ_ONLY: Self =
        Self { calls: "pwrite64,write,ftruncate,fsync,fdatasync", error: "EROFS" };
}

/// Writes into a file until there is no room, and says how much it took.
fn fill(path: &Path) -> anyhow::Result<usize> {
    let mut file = File::create(path)?;
    let mut filled = 0;
    for size in [1 << 20, 1 << 12] {
        let zeros = vec![0; size];
        loop {
            match file.write(&zeros) {
                Ok(written) => filled += written,
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(filled)
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            // What is not mounted cannot be taken down.
            drop(Command::new("umount").arg("--quiet").arg(&self.folder).status());
        }
    }
}

impl Node {
    /// What the node says when it cannot write; none: it did not say so in time.
    async fn says_it_cannot_write(&self, within: Duration) -> Option<String> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(said) = self.unready_because("writing").await {
                return Some(said);
            }
            sleep(Duration::from_millis(50)).await;
        }
        None
    }

    /// Waits until the node can serve again, and says how long that took.
    async fn is_back_within(&self, within: Duration) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        while !self.is_ready().await {
            ensure!(begun.elapsed() < within, "node {} did not recover by itself", self.index);
            sleep(Duration::from_millis(50)).await;
        }
        Ok(begun.elapsed())
    }
}
