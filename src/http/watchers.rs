//! Watchers: how many there are, by caller, by tenant and in all.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use entity::TenantId;

use super::caller::Caller;

/// The transport of a watcher. Each has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    Websocket,
    /// An event stream or a multipart answer: one feed each.
    Stream,
}

/// Counts watchers.
pub(super) struct Watchers {
    per_tenant: usize,
    total: usize,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    total: usize,
    by_tenant: HashMap<TenantId, usize>,
    by_caller: HashMap<(Caller, Way), usize>,
}

/// A permit to watch on this node; returned when dropped.
pub(super) struct NodePermit {
    counts: Arc<Mutex<Counts>>,
}

/// A permit to watch as a caller of a tenant; returned when dropped.
pub(super) struct CallerPermit {
    counts: Arc<Mutex<Counts>>,
    caller: Caller,
    way: Way,
}

impl Watchers {
    pub(super) fn new(per_tenant: usize, total: usize) -> Self {
        Self { per_tenant, total, counts: Arc::default() }
    }

    /// How many watchers there are.
    pub(super) fn count(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    /// A permit for a client that is not known yet; none: the node is full.
    pub(super) fn enter(&self) -> Option<NodePermit> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= self.total {
            return None;
        }
        counts.total += 1;
        drop(counts);
        Some(NodePermit { counts: self.counts.clone() })
    }

    /// A permit for a known caller that may have `most`; none: it, or its tenant, has too many.
    pub(super) fn join(&self, caller: Caller, way: Way, most: usize) -> Option<CallerPermit> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = counts.by_tenant.get(&caller.0).copied().unwrap_or(0);
        let of_caller = counts.by_caller.get(&(caller.clone(), way)).copied().unwrap_or(0);
        if of_tenant >= self.per_tenant || of_caller >= most {
            return None;
        }
        counts.by_tenant.insert(caller.0, of_tenant + 1);
        counts.by_caller.insert((caller.clone(), way), of_caller + 1);
        drop(counts);
        Some(CallerPermit { counts: self.counts.clone(), caller, way })
    }
}

impl Drop for NodePermit {
    fn drop(&mut self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).total -= 1;
    }
}

impl Drop for CallerPermit {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        leave(&mut counts.by_tenant, &self.caller.0);
        leave(&mut counts.by_caller, &(self.caller.clone(), self.way));
    }
}

fn leave<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn caller(tenant: u128, subject: &str) -> Caller {
        (TenantId(Uuid::from_u128(tenant)), subject.to_owned())
    }

    #[test]
    fn callers_and_tenants_have_limits_of_their_own() {
        let watchers = Watchers::new(2, 10);
        let ada = watchers.join(caller(1, "ada"), Way::Websocket, 1);
        assert!(ada.is_some());
        assert!(watchers.join(caller(1, "ada"), Way::Websocket, 1).is_none());
        let stream = watchers.join(caller(1, "ada"), Way::Stream, 1);
        assert!(stream.is_some());
        assert!(watchers.join(caller(1, "bob"), Way::Websocket, 1).is_none());
        assert!(watchers.join(caller(2, "bob"), Way::Websocket, 1).is_some());
        drop(ada);
        assert!(watchers.join(caller(1, "bob"), Way::Websocket, 1).is_some());
    }

    #[test]
    fn a_node_is_full_at_its_limit() {
        let watchers = Watchers::new(1, 1);
        let permit = watchers.enter();
        assert!(permit.is_some() && watchers.enter().is_none());
        drop(permit);
        assert!(watchers.enter().is_some());
    }
}
