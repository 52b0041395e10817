//! Figures of the store: statements and connections.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{DatabaseConnection, metric};

use super::{QuickReads, Readers, Store};

/// Statements, counted since the start.
#[derive(Debug, Default)]
pub struct Statements {
    run: AtomicU64,
    failed: AtomicU64,
}

impl Statements {
    /// Counts what runs on a connection. To be called before the connection is cloned.
    pub(super) fn count(self: &Arc<Self>, connection: &mut DatabaseConnection) {
        connection.set_metric_callback(self.counter());
    }

    /// What counts a statement that it is told of.
    pub(super) fn counter(self: &Arc<Self>) -> impl Fn(&metric::Info<'_>) + Send + Sync + use<> {
        let statements = self.clone();
        move |statement| {
            statements.run.fetch_add(1, Ordering::Relaxed);
            if statement.failed {
                statements.failed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub fn run(&self) -> u64 {
        self.run.load(Ordering::Relaxed)
    }

    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Store {
    pub fn statements(&self) -> &Statements {
        &self.statements
    }

    /// The pools of connections that requests share, each with how many connections it has, and how many are idle.
    pub fn pools(&self) -> Vec<(&'static str, usize, usize)> {
        let named = [("readers", Some(&self.readers)), ("replica", self.replica.as_ref())];
        named.into_iter().filter_map(|(name, readers)| Some(size(name, readers?))).collect()
    }
}

fn size(name: &'static str, readers: &Readers) -> (&'static str, usize, usize) {
    let (size, idle) = match &readers.quick {
        QuickReads::Kept(kept) => {
            let pool = readers.connection.get_postgres_connection_pool();
            (pool.size(), (pool.num_idle() + kept.idle()).min(pool.size() as usize))
        }
        QuickReads::Short(_) => {
            let pool = readers.connection.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        }
    };
    (name, size as usize, idle)
}
