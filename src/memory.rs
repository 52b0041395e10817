//! What was read a moment ago, for as long as it may be taken for true.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long a change that was made by another node, or by the program on the command line, may go unnoticed. One that
/// this node has made or heard of is noticed at once.
pub const MOMENT: Duration = Duration::from_secs(1);

/// How much is remembered of one kind.
pub const MOST: usize = 10_000;

/// Values by key, each for [`MOMENT`] at most.
#[derive(Debug)]
pub struct Memory<K, V>(Mutex<HashMap<K, (Asked, V)>>);

/// When the database is asked, and what is known at that time.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    at: Instant,
    /// How often what is remembered is known to have changed.
    changes: u64,
}

impl Asked {
    /// To be called before the database is read.
    pub fn now(changes: u64) -> Self {
        Self { at: Instant::now(), changes }
    }

    /// Whether what was read then may be taken for what would be read now.
    fn serves(self, now: Self) -> bool {
        self.changes == now.changes && now.at.duration_since(self.at) < MOMENT
    }
}

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    /// What was read a moment ago, if nothing has changed since.
    pub fn find(&self, key: &K, now: Asked) -> Option<V> {
        let values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, value) = values.get(key)?;
        asked.serves(now).then(|| value.clone())
    }

    /// Keeps what was read, in the place of something older where there is no room.
    pub fn remember(&self, asked: Asked, key: K, value: V) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= MOST {
            values.retain(|_, (earlier, _)| earlier.serves(asked));
            if values.len() >= MOST {
                values.clear();
            }
        }
        values.insert(key, (asked, value));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
