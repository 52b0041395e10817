//! What all parts of a run share: where the service is, what is going on, and when it is over.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use rand::{RngExt, rngs::StdRng};
use tokio::sync::watch;

use super::{recorder::Recorder, world::Tenant};

/// How many orders of a tenant are remembered for those who want to watch one.
const REMEMBERED: usize = 32;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// Writers write, watchers come and go, faults happen.
    Busy,
    /// Nobody begins anything new; whoever watches stays.
    Quiet,
    /// Everybody goes home.
    Over,
}

pub(super) struct Stage {
    pub(super) recorder: Recorder,
    pub(super) client: reqwest::Client,
    /// Where the nodes can be reached.
    pub(super) nodes: Vec<SocketAddr>,
    pub(super) tenants: Vec<Tenant>,
    pub(super) act: watch::Sender<Act>,
    recent: Vec<Mutex<VecDeque<String>>>,
}

impl Stage {
    pub(super) fn new(
        recorder: Recorder,
        client: reqwest::Client,
        nodes: Vec<SocketAddr>,
        tenants: Vec<Tenant>,
    ) -> Self {
        let recent = tenants.iter().map(|_| Mutex::default()).collect();
        Self { recorder, client, nodes, tenants, act: watch::Sender::new(Act::Busy), recent }
    }

    /// Any node.
    pub(super) fn node(&self, random: &mut StdRng) -> (u32, SocketAddr) {
        let index = random.random_range(0..self.nodes.len());
        (u32::try_from(index).unwrap_or_default(), self.nodes[index])
    }

    pub(super) fn act(&self) -> Act {
        *self.act.borrow()
    }

    /// Waits until the run has come so far.
    pub(super) async fn reaches(&self, act: Act) {
        let mut acts = self.act.subscribe();
        // The stage holds the sender, so there is nothing to miss.
        drop(acts.wait_for(|now| *now >= act).await);
    }

    /// An order was placed just now.
    pub(super) fn remember(&self, tenant: usize, order: &str) {
        let mut recent = self.recent[tenant].lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(order.to_owned());
        if recent.len() > REMEMBERED {
            recent.pop_front();
        }
    }

    /// An order of the tenant that was placed not long ago.
    pub(super) fn recent(&self, tenant: usize) -> Option<String> {
        self.recent[tenant].lock().unwrap_or_else(PoisonError::into_inner).back().cloned()
    }
}
