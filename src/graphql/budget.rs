//! What one execution may resolve and write, whatever its document was expected to cost.
//!
//! A query or a mutation is one execution; in a feed, each event is one.

use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_graphql::{Context, Value};

use super::error::{ApiError, Code, Result};

/// The most objects of one execution.
pub const MOST_OBJECTS: usize = 20_000;
/// The most bytes of one answer; those of what stands between values are not counted.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;

/// What is left of an execution's objects and bytes.
pub struct Budget {
    objects: AtomicUsize,
    bytes: AtomicUsize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { objects: AtomicUsize::new(MOST_OBJECTS), bytes: AtomicUsize::new(MOST_BYTES) }
    }
}

impl Budget {
    /// Takes objects from the budget.
    pub fn take_objects(&self, objects: usize) -> Result<()> {
        take(&self.objects, objects).map_err(|()| used_up("objects", MOST_OBJECTS))
    }

    /// Takes the bytes of values from the budget.
    pub fn take_bytes(&self, bytes: usize) -> Result<()> {
        take(&self.bytes, bytes).map_err(|()| used_up("bytes", MOST_BYTES))
    }
}

/// Takes objects from the budget of an execution. To be called wherever rows become objects of an answer.
pub fn take_objects(ctx: &Context<'_>, objects: usize) -> Result<()> {
    ctx.data_opt::<Budget>().map_or(Ok(()), |budget| budget.take_objects(objects))
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

/// How many bytes a value takes in an answer, about. Objects are counted where they are resolved.
pub fn bytes_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Enum(name) => name.len() + 2,
        Value::List(items) => items.iter().map(bytes_of).sum::<usize>() + 2,
        Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) => 8,
        Value::Object(_) => 2,
    }
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
