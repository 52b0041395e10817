//! Hints between the parts of a node, and between nodes: "look again". Whoever gets one reads the database; whoever
//! misses one polls.

mod message;
#[cfg(feature = "nats")]
mod nats;
mod postgres;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use entity::TenantId;
use sea_orm::DatabaseConnection;
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use crate::planted::{self, Fault};

/// How many hints a listener may fall behind. It loses nothing by it: it looks everywhere instead.
const CAPACITY: usize = 1024;

/// What happens meanwhile goes to the other nodes together: at most 50 messages per second leave a node.
const BETWEEN_MESSAGES: Duration = Duration::from_millis(20);
/// How long a line that broke is left alone.
const REST_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// What there may be to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// The tenant's log has new positions.
    LogGrew(TenantId),
    /// A caller's rights have changed.
    RightsChanged(TenantId),
    /// A product or an offer has changed.
    CatalogueChanged(TenantId),
    /// More than one thing; look everywhere.
    Anything,
}

/// What carries hints from node to node. It may lose some.
#[derive(Clone, Debug)]
pub enum Line {
    /// NOTIFY and LISTEN in the database itself.
    Postgres(DatabaseConnection),
    /// A NATS server, by its address.
    #[cfg(feature = "nats")]
    Nats(String),
}

/// Sends hints to every listener on this node and, once it has joined a line, to the other nodes.
#[derive(Clone, Debug)]
pub struct Wakeups {
    all: broadcast::Sender<Hint>,
    /// Only what this node has found out by itself.
    own: broadcast::Sender<Hint>,
    changes_of_rights: Arc<AtomicU64>,
    changes_of_catalogue: Arc<AtomicU64>,
}

impl Default for Wakeups {
    fn default() -> Self {
        Self {
            all: broadcast::Sender::new(CAPACITY),
            own: broadcast::Sender::new(CAPACITY),
            changes_of_rights: Arc::default(),
            changes_of_catalogue: Arc::default(),
        }
    }
}

impl Wakeups {
    pub fn log_grew(&self, tenant_id: TenantId) {
        self.send(Hint::LogGrew(tenant_id));
    }

    /// Sends a hint to this node and to the others. What it tells of must be stored by then.
    pub fn send(&self, hint: Hint) {
        self.pass_on(hint);
        // No line is a normal state.
        drop(self.own.send(hint));
    }

    /// How often this node was told that rights have changed. What was read before this counted up may be out of date.
    pub fn changes_of_rights(&self) -> u64 {
        self.changes_of_rights.load(Ordering::SeqCst)
    }

    /// The same of the catalogue.
    pub fn changes_of_catalogue(&self) -> u64 {
        self.changes_of_catalogue.load(Ordering::SeqCst)
    }

    pub fn listen(&self) -> Listener {
        Listener { receiver: self.all.subscribe() }
    }

    /// Joins this node to the others. Connects, and connects again after each failure, on `tasks` until `stop`.
    pub fn join(&self, line: Line, node: Uuid, tasks: &TaskTracker, stop: &CancellationToken) {
        let own = Listener { receiver: self.own.subscribe() };
        match line {
            Line::Postgres(database) => {
                let (telling, hearing) = postgres::run(&database, node, self.clone(), own);
                tasks.spawn(stop.clone().run_until_cancelled_owned(telling));
                tasks.spawn(stop.clone().run_until_cancelled_owned(hearing));
            }
            #[cfg(feature = "nats")]
            Line::Nats(address) => {
                let running = nats::run(address, node, self.clone(), own);
                tasks.spawn(stop.clone().run_until_cancelled_owned(running));
            }
        }
    }

    /// Tells this node alone.
    fn pass_on(&self, hint: Hint) {
        if matches!(hint, Hint::RightsChanged(_) | Hint::Anything) {
            self.changes_of_rights.fetch_add(1, Ordering::SeqCst);
        }
        if matches!(hint, Hint::CatalogueChanged(_) | Hint::Anything) {
            self.changes_of_catalogue.fetch_add(1, Ordering::SeqCst);
        }
        if planted::is(Fault::NotifyOnly) && rand::random() {
            return;
        }
        // Nobody listening is a normal state.
        drop(self.all.send(hint));
    }
}

/// One listener's end.
#[derive(Debug)]
pub struct Listener {
    receiver: broadcast::Receiver<Hint>,
}

impl Listener {
    /// Waits for the next hint. One that has missed some is told to look everywhere.
    pub async fn next(&mut self) -> Hint {
        match self.receiver.recv().await {
            Ok(hint) => hint,
            Err(RecvError::Lagged(_)) => Hint::Anything,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// Waits for the next hint and gives all that are there, each once.
    async fn gather(&mut self) -> BTreeSet<Hint> {
        let mut hints = BTreeSet::from([self.next().await]);
        loop {
            match self.receiver.try_recv() {
                Ok(hint) => hints.insert(hint),
                Err(TryRecvError::Lagged(_)) => hints.insert(Hint::Anything),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return hints,
            };
        }
    }
}
