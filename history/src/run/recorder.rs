//! Writing a history down while it happens.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Instant,
};

use anyhow::Context;

use crate::entry::{Entry, What};

/// Takes entries from everybody and writes them to a file, in a thread of its own.
#[derive(Clone)]
pub(super) struct Recorder {
    start: Instant,
    lines: mpsc::Sender<String>,
    pub(super) tallies: Arc<Tallies>,
    /// What writers have done so far.
    ledger: Arc<Mutex<Vec<Entry>>>,
}

/// How much has been written so far, for the line that shows progress.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    pub(super) acknowledged: AtomicU64,
    pub(super) deliveries: AtomicU64,
    pub(super) subscriptions: AtomicU64,
    pub(super) faults: AtomicU64,
}

/// Ends when the last [`Recorder`] has been dropped.
pub(super) struct Writing {
    thread: JoinHandle<std::io::Result<()>>,
}

impl Recorder {
    pub(super) fn start(path: &Path) -> anyhow::Result<(Self, Writing)> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let (lines, waiting) = mpsc::channel::<String>();
        let thread = std::thread::spawn(move || {
            let mut file = BufWriter::with_capacity(1 << 20, file);
            for line in waiting {
                file.write_all(line.as_bytes())?;
                file.write_all(b"\n")?;
            }
            file.flush()
        });
        let (tallies, ledger) = (Arc::default(), Arc::default());
        Ok((Self { start: Instant::now(), lines, tallies, ledger }, Writing { thread }))
    }

    /// Nanoseconds since the run began.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(super) fn note(&self, who: &str, what: What) {
        let tally = match &what {
            What::Recv(_) => Some(&self.tallies.deliveries),
            What::Join { .. } | What::Resume { .. } => Some(&self.tallies.subscriptions),
            What::Nemesis { .. } => Some(&self.tallies.faults),
            What::Transition(it) if it.progress == crate::entry::Progress::Ok => {
                Some(&self.tallies.acknowledged)
            }
            What::Transition(_)
            | What::Run(_)
            | What::Watch(_)
            | What::Passed { .. }
            | What::Snapshot { .. }
            | What::Counts { .. }
            | What::Page { .. }
            | What::Gap { .. }
            | What::Close { .. }
            | What::Leave
            | What::Heal
            | What::Billed { .. }
            | What::Head { .. } => None,
        };
        if let Some(tally) = tally {
            tally.fetch_add(1, Ordering::Relaxed);
        }
        let entry = Entry { t: self.now(), p: who.to_owned(), what };
        if matches!(entry.what, What::Transition(_)) {
            self.ledger.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
        }
        self.put(&entry);
    }

    /// What writers have done so far.
    pub(super) fn ledger(&self) -> Vec<Entry> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes an entry down as it is.
    pub(super) fn put(&self, entry: &Entry) {
        if let Ok(line) = serde_json::to_string(entry) {
            // The writing ends first only where the file cannot be written, which its end reports.
            drop(self.lines.send(line));
        }
    }
}

impl Writing {
    /// Waits until everything is in the file.
    pub(super) fn end(self) -> anyhow::Result<()> {
        let written = self.thread.join().map_err(|_| anyhow::anyhow!("the writing broke off"))?;
        written.context("cannot write the history")
    }
}
