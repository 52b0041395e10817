//! What one execution may resolve and write, whatever its document was expected to cost.
//!
//! A query or a mutation is one execution; in a feed, each event is one.

use std::{
    fmt,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

use tokio::sync::{Mutex, MutexGuard};

use super::error::{ApiError, Code, Result};

/// The most objects of one execution.
pub const MOST_OBJECTS: usize = 20_000;
/// The most bytes of what is read for one answer.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;

/// For how long its reads may keep the thread that asks. All root fields of an execution may read without a pause.
const MOST_TIME_IN_PLACE: Duration = Duration::from_millis(20);

const MOST_OBJECTS_OF_PAYLOAD: usize = 1_000;
const MOST_BYTES_OF_PAYLOAD: usize = 64 * 1024;

/// What is left of an execution's objects and bytes.
pub struct Budget {
    objects: AtomicUsize,
    bytes: AtomicUsize,
    /// For how long its reads have kept the thread that asks, in microseconds.
    in_place: AtomicU64,
    /// Held by the read that is at the database.
    reading: Mutex<()>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(MOST_OBJECTS, MOST_BYTES)
    }
}

impl Budget {
    /// That of a payload, which a message carries to a receiver of its own.
    pub fn of_payload() -> Self {
        Self::of(MOST_OBJECTS_OF_PAYLOAD, MOST_BYTES_OF_PAYLOAD)
    }

    fn of(objects: usize, bytes: usize) -> Self {
        Self {
            objects: AtomicUsize::new(objects),
            bytes: AtomicUsize::new(bytes),
            in_place: AtomicU64::default(),
            reading: Mutex::default(),
        }
    }

    /// Waits for its turn to read from the database, which ends with what is returned. However many root fields an execution
    /// has, it keeps one connection, and one processor of the database, from others.
    pub async fn turn_to_read(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().await
    }

    /// Whether it may read in the thread that asks.
    pub fn may_read_in_place(&self) -> bool {
        Duration::from_micros(self.in_place.load(Ordering::Relaxed)) < MOST_TIME_IN_PLACE
    }

    /// Notes for how long it has read in the thread that asks.
    pub fn has_read_in_place(&self, time: Duration) {
        let time = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.in_place.fetch_add(time, Ordering::Relaxed);
    }

    /// How many objects are left.
    pub fn objects(&self) -> usize {
        self.objects.load(Ordering::Relaxed)
    }

    /// Takes objects from the budget.
    pub fn take_objects(&self, objects: usize) -> Result<()> {
        take(&self.objects, objects).map_err(|()| used_up("objects", MOST_OBJECTS))
    }

    /// Takes the bytes of values from the budget.
    pub fn take_bytes(&self, bytes: usize) -> Result<()> {
        take(&self.bytes, bytes).map_err(|()| used_up("bytes", MOST_BYTES))
    }
}

fn take(left: &AtomicUsize, wanted: usize) -> std::result::Result<(), ()> {
    let less = |left: usize| left.checked_sub(wanted);
    let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    taken.map(drop).map_err(|_| {
        // Whoever comes later with less to take is not to be let through.
        left.store(0, Ordering::Relaxed);
    })
}

/// The answer to an execution that has used its budget up. It takes the place of the whole answer.
pub fn used_up(what: &str, limit: usize) -> ApiError {
    let message = format!(
        "The answer would have more than {limit} {what}. Ask for less, or for it in pages."
    );
    ApiError::new(Code::LimitExceeded, message).with("limit", limit)
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_up_stays_used_up() {
        let budget = Budget::default();
        budget.take_bytes(MOST_BYTES - 1).unwrap();
        assert!(budget.take_bytes(2).is_err());
        assert!(budget.take_bytes(1).is_err());
        budget.take_objects(MOST_OBJECTS).unwrap();
        assert_eq!(budget.take_objects(1).unwrap_err().code(), Code::LimitExceeded);
    }
}
