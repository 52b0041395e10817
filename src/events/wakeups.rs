//! Hints between the parts of a node: "look again". Whoever gets one reads the database; whoever misses one polls.

use entity::TenantId;
use tokio::sync::broadcast;

/// How many hints a listener may fall behind. It loses nothing by it: it looks everywhere instead.
const CAPACITY: usize = 1024;

/// What there may be to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The tenant's log has new positions.
    LogGrew(TenantId),
    /// A caller's rights have changed.
    RightsChanged(TenantId),
    /// More than one thing; look everywhere.
    Anything,
}

/// Sends hints to every listener on this node.
#[derive(Clone, Debug)]
pub struct Wakeups {
    sender: broadcast::Sender<Hint>,
}

impl Default for Wakeups {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(CAPACITY) }
    }
}

impl Wakeups {
    pub fn log_grew(&self, tenant_id: TenantId) {
        self.send(Hint::LogGrew(tenant_id));
    }

    pub fn rights_changed(&self, tenant_id: TenantId) {
        self.send(Hint::RightsChanged(tenant_id));
    }

    pub fn listen(&self) -> Listener {
        Listener { receiver: self.sender.subscribe() }
    }

    fn send(&self, hint: Hint) {
        // Nobody listening is a normal state.
        drop(self.sender.send(hint));
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
            Err(broadcast::error::RecvError::Lagged(_)) => Hint::Anything,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
