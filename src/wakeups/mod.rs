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

/// How far a listener may lag, in hints. One that lags further loses nothing: it looks everywhere instead.
const CAPACITY: usize = 1024;

/// The pause between two messages to other nodes. Hints of that time share a message, so a node sends at most 50 a
/// second.
const BETWEEN_MESSAGES: Duration = Duration::from_millis(20);
/// The pause after a carrier has failed.
const REST_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// A hint: what may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// The tenant's log has new positions.
    LogGrew(TenantId),
    /// A caller's rights have changed.
    RightsChanged(TenantId),
    /// A product or an offer has changed.
    CatalogueChanged(TenantId),
    /// Anything may have changed; look everywhere.
    Anything,
}

/// The carrier of hints from node to node. It may lose some.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// NOTIFY and LISTEN in the database itself.
    Postgres(DatabaseConnection),
    /// A NATS server, by its address.
    #[cfg(feature = "nats")]
    Nats(String),
}

/// Sends hints to every listener on this node and, once it has joined a carrier, to the other nodes.
#[derive(Clone, Debug)]
pub struct Wakeups {
    all: broadcast::Sender<Hint>,
    /// The hints of this node's own changes.
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

    /// Sends a hint to this node and to the others. The change must be stored by then.
    pub fn send(&self, hint: Hint) {
        self.send_here(hint);
        // Having no carrier is a normal state.
        drop(self.own.send(hint));
    }

    /// Counts the hints of changed rights. Rights that were read before it rose may be out of date.
    pub fn changes_of_rights(&self) -> u64 {
        self.changes_of_rights.load(Ordering::SeqCst)
    }

    /// Counts the hints of a changed catalogue, in the same way.
    pub fn changes_of_catalogue(&self) -> u64 {
        self.changes_of_catalogue.load(Ordering::SeqCst)
    }

    pub fn listen(&self) -> Listener {
        Listener { receiver: self.all.subscribe() }
    }

    /// Joins this node to the others. Connects, and connects again after each failure, on `tasks` until `stop`.
    pub fn join(
        &self,
        carrier: Carrier,
        node: Uuid,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let own = Listener { receiver: self.own.subscribe() };
        match carrier {
            Carrier::Postgres(database) => {
                let (sending, receiving) = postgres::run(&database, node, self.clone(), own);
                tasks.spawn(stop.clone().run_until_cancelled_owned(sending));
                tasks.spawn(stop.clone().run_until_cancelled_owned(receiving));
            }
            #[cfg(feature = "nats")]
            Carrier::Nats(address) => {
                let running = nats::run(address, node, self.clone(), own);
                tasks.spawn(stop.clone().run_until_cancelled_owned(running));
            }
        }
    }

    /// Sends a hint to this node alone.
    fn send_here(&self, hint: Hint) {
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
    /// Waits for the next hint; [`Hint::Anything`] where some were missed.
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
