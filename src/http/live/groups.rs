//! The groups of a node.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::Notify;

use super::{
    group::{Following, Group},
    key::GroupKey,
};
use crate::events::progress::Handover;

/// A watcher that lags further than this backfills on its own before it begins a group.
const MOST_BEHIND: i64 = 512;

/// The groups of this node, as long as somebody follows them.
#[derive(Default)]
pub(in crate::http) struct Groups {
    open: Mutex<HashMap<GroupKey, Weak<Group>>>,
    bytes: Arc<AtomicUsize>,
}

impl Groups {
    /// Joins the watcher to its group; none if it has to go on by itself for now. Where there is no group yet, `begin`
    /// makes it.
    pub(super) fn join(
        &self,
        key: GroupKey,
        watcher: &Handover,
        bell: &Arc<Notify>,
        begin: impl FnOnce() -> Arc<Group>,
    ) -> Option<Following> {
        let mut open = self.lock();
        if let Some(group) = open.get(&key).and_then(Weak::upgrade)
            && !group.is_over()
        {
            return group.admit(watcher, bell);
        }
        if watcher.behind > MOST_BEHIND {
            return None;
        }
        let group = begin();
        if open.len() == open.capacity() {
            // Before it grows, and so not too often.
            open.retain(|_, group| group.strong_count() > 0);
        }
        open.insert(key, Arc::downgrade(&group));
        group.admit(watcher, bell)
    }

    /// How many groups there are, and how many watchers follow them.
    pub(in crate::http) fn count(&self) -> (usize, usize) {
        let groups: Vec<_> = self.lock().values().filter_map(Weak::upgrade).collect();
        (groups.len(), groups.iter().map(|group| group.size()).sum())
    }

    /// How many bytes their backlogs hold.
    pub(in crate::http) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The counter of the bytes of all groups.
    pub(super) fn bytes_kept(&self) -> Arc<AtomicUsize> {
        self.bytes.clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<GroupKey, Weak<Group>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
