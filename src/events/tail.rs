//! One tailer per node and tenant: it reads what is new in the log once, for all who watch.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, RwLock, Weak},
    time::Duration,
};

use entity::{TenantId, event};
use sea_orm::{DatabaseConnection, DbErr};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    log::{self, Extent},
    wakeups::{Hint, Wakeups},
};

/// How late news can be when every hint is lost.
const POLL_EVERY: Duration = Duration::from_millis(400);
/// How many of the newest events are kept in memory per tenant. Who is further behind reads the database.
const KEPT: usize = 2048;
const READ_AT_ONCE: u64 = 512;

/// The tails of a node: one for each tenant that somebody watches.
#[derive(Clone)]
pub struct Tails {
    shared: Arc<Shared>,
}

struct Shared {
    readers: DatabaseConnection,
    wakeups: Wakeups,
    tasks: TaskTracker,
    stop: CancellationToken,
    open: Mutex<HashMap<TenantId, Weak<Tail>>>,
}

/// What happened lately in one tenant. Ends when nobody holds it.
pub struct Tail {
    tenant_id: TenantId,
    epoch: Uuid,
    recent: RwLock<VecDeque<Arc<event::Model>>>,
    reached: watch::Sender<Reached>,
}

/// How far a tail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    Position(i64),
    /// The log is no longer the one that was followed: it was restored, or cut short.
    Broken,
}

impl Tails {
    pub fn new(
        readers: DatabaseConnection,
        wakeups: Wakeups,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        Self { shared: Arc::new(Shared { readers, wakeups, tasks, stop, open: Mutex::default() }) }
    }

    /// The tenant's tail, started if nobody watches yet, and how far the log reached when asked.
    pub async fn follow(&self, tenant_id: TenantId) -> Result<(Arc<Tail>, Extent), DbErr> {
        let extent = log::extent(&self.shared.readers, tenant_id).await?;
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = open.get(&tenant_id).and_then(Weak::upgrade)
            && tail.epoch == extent.epoch
            && *tail.reached.borrow() != Reached::Broken
        {
            return Ok((tail, extent));
        }
        let tail = Arc::new(Tail {
            tenant_id,
            epoch: extent.epoch,
            recent: RwLock::default(),
            reached: watch::Sender::new(Reached::Position(extent.latest)),
        });
        open.retain(|_, tail| tail.strong_count() > 0);
        open.insert(tenant_id, Arc::downgrade(&tail));
        self.shared.tasks.spawn(read_forever(self.shared.clone(), Arc::downgrade(&tail)));
        Ok((tail, extent))
    }
}

impl Tail {
    /// Tells how far the tail has come, now and at each change.
    pub fn reached(&self) -> watch::Receiver<Reached> {
        self.reached.subscribe()
    }

    /// The events after `position` that are in memory; none when the next one is older than those.
    pub fn recent_after(&self, position: i64) -> Option<Vec<Arc<event::Model>>> {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.position?;
        let skip = usize::try_from(position + 1 - first).ok()?;
        Some(recent.iter().skip(skip).cloned().collect())
    }

    /// Reads on. `Ok(true)` when there may be more at once.
    async fn read_on(&self, readers: &DatabaseConnection) -> Result<bool, DbErr> {
        let Reached::Position(position) = *self.reached.borrow() else { return Ok(false) };
        let extent = log::extent(readers, self.tenant_id).await?;
        if extent.epoch != self.epoch || extent.latest < position {
            self.reached.send_replace(Reached::Broken);
            return Ok(false);
        }
        if extent.latest == position {
            return Ok(false);
        }
        let events = log::read_after(readers, self.tenant_id, position, READ_AT_ONCE).await?;
        let Some(last) = events.last().and_then(|event| event.position) else { return Ok(false) };
        let dense =
            events.iter().zip(position + 1..).all(|(event, next)| event.position == Some(next));
        if !dense {
            tracing::error!(tenant.id = %self.tenant_id, position, "the event log has a hole");
            self.reached.send_replace(Reached::Broken);
            return Ok(false);
        }
        {
            let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
            recent.extend(events.into_iter().map(Arc::new));
            let surplus = recent.len().saturating_sub(KEPT);
            recent.drain(..surplus);
        }
        self.reached.send_replace(Reached::Position(last));
        Ok(last < extent.latest)
    }
}

/// Reads until nobody holds the tail.
async fn read_forever(shared: Arc<Shared>, tail: Weak<Tail>) {
    let mut hints = shared.wakeups.listen();
    while let Some(tail) = tail.upgrade() {
        let tenant_id = tail.tenant_id;
        loop {
            match tail.read_on(&shared.readers).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, tenant.id = %tenant_id, "could not read the event log");
                    break;
                }
            }
        }
        drop(tail);
        let poll = tokio::time::sleep(POLL_EVERY);
        tokio::pin!(poll);
        loop {
            tokio::select! {
                hint = hints.next() => match hint {
                    Hint::LogGrew(tenant) if tenant != tenant_id => {}
                    Hint::RightsChanged(_) => {}
                    Hint::LogGrew(_) | Hint::Anything => break,
                },
                () = &mut poll => break,
                () = shared.stop.cancelled() => return,
            }
        }
    }
}
