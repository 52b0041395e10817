//! The tail of a tenant's log: one reader per node and tenant reads each new event once, for all watchers.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak},
    time::Duration,
};

use entity::{TenantId, event};
use sea_orm::{DatabaseConnection, DbErr};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    counters::Counters,
    cursor::Cursor,
    interest::Interest,
    log::{self, Extent},
    mailbox::{Letter, Mailbox},
    routes::Routes,
};
use crate::{
    planted::{self, Fault},
    wakeups::{Hint, Wakeups},
};

/// The longest delay of an event when every hint is lost.
const POLL_EVERY: Duration = Duration::from_millis(400);
/// The newest events of a tenant that are kept in memory. A feed that is further behind reads the database.
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
    counters: Arc<Counters>,
}

/// The newest events of one tenant, and the feeds that follow them. Ends when nobody holds it.
pub struct Tail {
    readers: DatabaseConnection,
    tenant_id: TenantId,
    epoch: Uuid,
    recent: RwLock<VecDeque<Arc<event::Model>>>,
    /// Locked while the tail moves on, so that a feed is added either before an event or behind it.
    dispatch: Mutex<Dispatch>,
}

struct Dispatch {
    reached: Reached,
    routes: Routes,
}

/// The last position that a tail has delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
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
        let (open, counters) = (Mutex::default(), Arc::default());
        Self { shared: Arc::new(Shared { readers, wakeups, tasks, stop, open, counters }) }
    }

    /// The counters of this node's feeds.
    pub fn counters(&self) -> &Arc<Counters> {
        &self.shared.counters
    }

    /// The tenant's tail, started if nobody watches yet, and how far the log reached when asked.
    pub async fn follow(&self, tenant_id: TenantId) -> Result<(Arc<Tail>, Extent), DbErr> {
        let extent = log::extent(&self.shared.readers, tenant_id).await?;
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tail) = open.get(&tenant_id).and_then(Weak::upgrade)
            && tail.epoch == extent.epoch
            && tail.reached() != Reached::Broken
        {
            return Ok((tail, extent));
        }
        let tail = Arc::new(Tail {
            readers: self.shared.readers.clone(),
            tenant_id,
            epoch: extent.epoch,
            recent: RwLock::default(),
            dispatch: Mutex::new(Dispatch {
                reached: Reached::Position(extent.latest),
                routes: Routes::default(),
            }),
        });
        open.retain(|_, tail| tail.strong_count() > 0);
        open.insert(tenant_id, Arc::downgrade(&tail));
        self.shared.tasks.spawn(read_forever(self.shared.clone(), Arc::downgrade(&tail)));
        Ok((tail, extent))
    }
}

impl Tail {
    fn reached(&self) -> Reached {
        self.dispatch().reached
    }

    fn dispatch(&self) -> MutexGuard<'_, Dispatch> {
        self.dispatch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a feed. Its registration receives every event of its interest after the position that is returned with
    /// it. None: the log is no longer the one that was followed.
    pub(super) fn register(
        self: &Arc<Self>,
        interest: Arc<Interest>,
    ) -> Option<(Arc<Registration>, i64)> {
        let mut dispatch = self.dispatch();
        let Reached::Position(head) = dispatch.reached else { return None };
        let mailbox = Arc::new(Mailbox::default());
        dispatch.routes.add(&interest, &mailbox);
        drop(dispatch);
        Some((Arc::new(Registration { tail: self.clone(), interest, mailbox }), head))
    }

    /// The events after `position`, from memory; none when the next one is no longer in memory.
    pub(super) fn recent_after(&self, position: i64) -> Option<Vec<Arc<event::Model>>> {
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.position?;
        let skip = usize::try_from(position + 1 - first).ok()?;
        Some(recent.iter().skip(skip).cloned().collect())
    }

    /// How far the log reaches now.
    pub(super) async fn extent(&self) -> Result<Extent, DbErr> {
        log::extent(&self.readers, self.tenant_id).await
    }

    /// Up to `limit` events after `position`, as the log has them.
    pub(super) async fn read_after(
        &self,
        position: i64,
        limit: u64,
    ) -> Result<Vec<event::Model>, DbErr> {
        log::read_after(&self.readers, self.tenant_id, position, limit).await
    }

    /// Reads the next events and delivers them. `Ok(true)` when there may be more at once.
    async fn read_on(&self, counters: &Counters) -> Result<bool, DbErr> {
        let Reached::Position(position) = self.reached() else { return Ok(false) };
        let extent = self.extent().await?;
        if extent.epoch != self.epoch || extent.latest < position {
            self.give_up();
            return Ok(false);
        }
        if extent.latest == position {
            return Ok(false);
        }
        let trusts = planted::is(Fault::HintTrusted);
        let position = if trusts { position.max(extent.latest - 1) } else { position };
        let events = self.read_after(position, READ_AT_ONCE).await?;
        let Some(last) = events.last().and_then(|event| event.position) else { return Ok(false) };
        let dense =
            events.iter().zip(position + 1..).all(|(event, next)| event.position == Some(next));
        if !dense {
            tracing::error!(tenant.id = %self.tenant_id, position, "the event log has a hole");
            self.give_up();
            return Ok(false);
        }
        counters.events_read(events.len());
        self.deliver(events.into_iter().map(Arc::new).collect(), last);
        Ok(last < extent.latest)
    }

    fn deliver(&self, events: Vec<Arc<event::Model>>, last: i64) {
        let mut dispatch = self.dispatch();
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        for event in &events {
            let is_old = || recent.iter().any(|it| it.sequence > event.sequence);
            if planted::is(Fault::TailById) && is_old() {
                continue;
            }
            dispatch.routes.dispatch(event);
        }
        recent.extend(events);
        let surplus = recent.len().saturating_sub(KEPT);
        recent.drain(..surplus);
        drop(recent);
        dispatch.reached = Reached::Position(last);
    }

    fn give_up(&self) {
        let mut dispatch = self.dispatch();
        dispatch.reached = Reached::Broken;
        dispatch.routes.end();
    }
}

/// A feed's registration with the tail; ends when dropped.
pub(super) struct Registration {
    tail: Arc<Tail>,
    interest: Arc<Interest>,
    mailbox: Arc<Mailbox>,
}

impl Registration {
    /// Waits for the next event of the feed's interest. Asking for it acknowledges the last one.
    pub(super) async fn next(&self) -> Letter {
        self.mailbox.next().await
    }

    /// The last position fully delivered to this feed; none while events are still queued.
    pub(super) fn delivered(&self) -> Option<Cursor> {
        // Read first: every event up to here was put into the mailbox before.
        let Reached::Position(position) = self.tail.reached() else { return None };
        self.mailbox.is_drained().then_some(Cursor { epoch: self.tail.epoch, position })
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("interest", &self.interest).finish_non_exhaustive()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.tail.dispatch().routes.remove(&self.interest, &self.mailbox);
    }
}

/// Reads until nobody holds the tail.
async fn read_forever(shared: Arc<Shared>, tail: Weak<Tail>) {
    let mut hints = shared.wakeups.listen();
    while let Some(tail) = tail.upgrade() {
        let tenant_id = tail.tenant_id;
        loop {
            match tail.read_on(&shared.counters).await {
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
                    Hint::RightsChanged(_) | Hint::CatalogueChanged(_) => {}
                    Hint::LogGrew(_) | Hint::Anything => break,
                },
                () = &mut poll, if !planted::is(Fault::NotifyOnly) => break,
                () = shared.stop.cancelled() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::viewer::Viewer;

    use super::*;
    use crate::events::{interest::Filter, progress::Progress};

    /// A heartbeat may come at any of these moments.
    #[test]
    fn what_is_passed_in_silence_stays_passed_while_an_event_is_on_its_way() {
        let (tenant_id, epoch) = (TenantId(Uuid::nil()), Uuid::nil());
        let at = |position| Cursor { epoch, position };
        let tail = Arc::new(Tail {
            readers: DatabaseConnection::default(),
            tenant_id,
            epoch,
            recent: RwLock::default(),
            dispatch: Mutex::new(Dispatch {
                reached: Reached::Position(3),
                routes: Routes::default(),
            }),
        });
        let viewer = Arc::new(Viewer::system(tenant_id));
        let interest = Arc::new(Interest { filter: Filter::default(), viewer });
        let (registration, head) = tail.register(interest).expect("a registration");
        let progress = Progress::default();
        progress.pass(at(head));
        progress.follow(Some(registration));
        assert_eq!(progress.passed(), Some(at(3)));
        tail.deliver(Vec::new(), 8);
        assert_eq!(progress.passed(), Some(at(8)));
        progress.hand_out(at(9));
        assert_eq!(progress.passed(), Some(at(8)));
        progress.deliver(at(9));
        assert_eq!(progress.passed(), Some(at(9)));
    }
}
