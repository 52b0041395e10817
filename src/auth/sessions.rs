//! Callers that stay: their credentials are held against the database for as long as they do.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::viewer::Viewer;
use entity::{TenantId, api_key};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use super::{
    grant_of,
    scope::{Grant, viewers},
};
use crate::{
    clock::Clock,
    store::Store,
    wakeups::{Hint, Listener},
};

const BATCH: usize = 500;

/// A storm of changes to rights leads to no more checks than this allows.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// A timer must not be set for years, and the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    Expired,
    Revoked,
    RightsChanged,
}

impl EndReason {
    /// For the client; fits into a close frame.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "token expired",
            Self::Revoked => "key revoked",
            Self::RightsChanged => "rights changed",
        }
    }
}

/// What is held against the database again and again; holds no secret.
#[derive(Clone, Debug)]
pub(super) enum Credential {
    Key { prefix: String },
    Token(Box<Grant>),
}

/// A caller that was let in.
#[derive(Clone)]
pub struct Session {
    viewer: Arc<Viewer>,
    credential: Arc<Credential>,
    watched: Arc<Watched>,
    clock: Clock,
}

impl Session {
    pub fn viewer(&self) -> &Arc<Viewer> {
        &self.viewer
    }

    /// Waits until this caller may no longer stay.
    pub async fn ended(&self) -> EndReason {
        let mut end = self.watched.watch(&self.viewer, &self.credential);
        tokio::select! {
            reason = end.reason() => reason,
            () = self.expired() => EndReason::Expired,
        }
    }

    async fn expired(&self) {
        let Some(at) = self.viewer.expires_at else { return std::future::pending().await };
        loop {
            let left = (at - self.clock.now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return;
            }
            sleep(left.min(LONGEST_SLEEP)).await;
        }
    }
}

/// By tenant and subject. One subject has several when its rights have changed, or its tokens differ.
type Entries = HashMap<(TenantId, String), Vec<Weak<Entry>>>;

/// All sessions that somebody waits on.
#[derive(Default)]
pub(super) struct Watched {
    entries: Mutex<Entries>,
    /// Rung when there is an entry after there was none.
    first: Notify,
}

/// One distinct set of rights, however many sockets use it.
struct Entry {
    viewer: Arc<Viewer>,
    credential: Arc<Credential>,
    end: watch::Sender<Option<EndReason>>,
}

struct End {
    receiver: watch::Receiver<Option<EndReason>>,
    /// Keeps the entry on the list.
    _entry: Arc<Entry>,
}

impl End {
    async fn reason(&mut self) -> EndReason {
        match self.receiver.wait_for(Option::is_some).await.map(|reason| *reason) {
            Ok(Some(reason)) => reason,
            // The sender lives in the entry that is held here.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

impl Watched {
    fn watch(&self, viewer: &Arc<Viewer>, credential: &Arc<Credential>) -> End {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let were_none = entries.is_empty();
        let list = entries.entry((viewer.tenant_id, viewer.subject.clone())).or_default();
        let same = list
            .iter()
            .filter_map(Weak::upgrade)
            .find(|entry| entry.viewer == *viewer && entry.end.borrow().is_none());
        let entry = same.unwrap_or_else(|| {
            let entry = Arc::new(Entry {
                viewer: viewer.clone(),
                credential: credential.clone(),
                end: watch::Sender::new(None),
            });
            list.push(Arc::downgrade(&entry));
            entry
        });
        drop(entries);
        if were_none {
            self.first.notify_one();
        }
        End { receiver: entry.end.subscribe(), _entry: entry }
    }

    /// The entries still in use, of one tenant or of all. Forgets the others.
    fn list(&self, tenant: Option<TenantId>) -> Vec<Arc<Entry>> {
        let mut found = Vec::new();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(of, _), list| {
            list.retain(|entry| entry.strong_count() > 0);
            if tenant.is_none_or(|tenant| tenant == *of) {
                found.extend(list.iter().filter_map(Weak::upgrade));
            }
            !list.is_empty()
        });
        found
    }
}

/// Opens sessions and watches over those that stay.
pub(super) struct Sessions {
    watched: Arc<Watched>,
    clock: Clock,
}

impl Sessions {
    pub(super) fn start(
        store: Store,
        clock: Clock,
        every: Duration,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let watched = Arc::new(Watched::default());
        let guardian = Guardian {
            hints: store.wakeups().listen(),
            store,
            clock: clock.clone(),
            watched: watched.clone(),
            every,
        };
        let stop = stop.clone();
        tasks.spawn(async move { stop.run_until_cancelled_owned(guardian.run()).await });
        Self { watched, clock }
    }

    pub(super) fn open(&self, credential: Arc<Credential>, viewer: Arc<Viewer>) -> Session {
        Session { viewer, credential, watched: self.watched.clone(), clock: self.clock.clone() }
    }
}

/// Holds the open sessions against the database.
struct Guardian {
    store: Store,
    clock: Clock,
    watched: Arc<Watched>,
    hints: Listener,
    every: Duration,
}

impl Guardian {
    async fn run(mut self) {
        loop {
            if self.watched.list(None).is_empty() {
                self.watched.first.notified().await;
            }
            let which = self.wait().await;
            let entries = self.watched.list(which);
            if let Err(error) = self.check(&entries).await {
                // Nothing is known, so nothing is ended; the next round comes soon.
                warn!("cannot check the rights of open sessions: {error}");
            }
            sleep(SHORTEST_PAUSE).await;
        }
    }

    /// Waits for the next round, or for a hint that rights have changed. Gives the tenant to look at, or none for all.
    async fn wait(&mut self) -> Option<TenantId> {
        let round = Instant::now() + self.every;
        loop {
            match timeout_at(round, self.hints.next()).await {
                Ok(Hint::RightsChanged(tenant)) => return Some(tenant),
                Ok(Hint::LogGrew(_) | Hint::CatalogueChanged(_)) => {}
                Ok(Hint::Anything) | Err(_) => return None,
            }
        }
    }

    async fn check(&self, entries: &[Arc<Entry>]) -> Result<(), DbErr> {
        if entries.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let database = self.store.readers();
        let grants = current_grants(database, entries).await?;
        let known: Vec<Grant> = grants.iter().flatten().cloned().collect();
        let mut found = viewers(database, &known).await?.into_iter();
        for (entry, grant) in entries.iter().zip(grants) {
            let viewer = grant.and_then(|_| found.next()).flatten();
            if let Some(reason) = verdict(&entry.viewer, viewer.as_ref(), now) {
                entry.end.send_replace(Some(reason));
            }
        }
        Ok(())
    }
}

/// Whether a session must end, given the viewer that its credential would make now.
fn verdict(then: &Viewer, now: Option<&Viewer>, at: DateTime<Utc>) -> Option<EndReason> {
    match now {
        None => Some(EndReason::Revoked),
        Some(now) if now.expires_at.is_some_and(|expiry| expiry <= at) => Some(EndReason::Expired),
        Some(now) if now != then => Some(EndReason::RightsChanged),
        Some(_) => None,
    }
}

/// What each credential says today; none for a key that is revoked or gone.
async fn current_grants(
    database: &DatabaseConnection,
    entries: &[Arc<Entry>],
) -> Result<Vec<Option<Grant>>, DbErr> {
    let prefixes: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &*entry.credential {
            Credential::Key { prefix } => Some(prefix.as_str()),
            Credential::Token(_) => None,
        })
        .collect();
    let mut keys = HashMap::new();
    for prefixes in prefixes.chunks(BATCH) {
        let rows = api_key::Entity::find()
            .filter(api_key::Column::Prefix.is_in(prefixes.iter().copied()))
            .filter(api_key::Column::RevokedAt.is_null())
            .all(database)
            .await?;
        keys.extend(rows.into_iter().map(|row| (row.prefix.clone(), grant_of(&row))));
    }
    Ok(entries
        .iter()
        .map(|entry| match &*entry.credential {
            Credential::Key { prefix } => keys.get(prefix).cloned(),
            Credential::Token(grant) => Some((**grant).clone()),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use entity::{ActorKind, Role};
    use uuid::Uuid;

    use super::*;
    use domain::viewer::Scope;

    fn viewer(expires_at: Option<DateTime<Utc>>) -> Viewer {
        Viewer {
            tenant_id: TenantId(Uuid::from_u128(1)),
            role: Role::Seller,
            scope: Scope::Tenant,
            subject: "key:a".to_owned(),
            kind: ActorKind::ApiKey,
            expires_at,
        }
    }

    #[test]
    fn a_session_ends_when_its_credential_means_something_else() {
        let now = DateTime::UNIX_EPOCH;
        let then = viewer(Some(now + TimeDelta::seconds(1)));
        let other_role = Viewer { role: Role::Auditor, ..then.clone() };
        assert_eq!(verdict(&then, Some(&then), now), None);
        assert_eq!(verdict(&then, None, now), Some(EndReason::Revoked));
        assert_eq!(verdict(&then, Some(&other_role), now), Some(EndReason::RightsChanged));
        let late = now + TimeDelta::seconds(1);
        assert_eq!(verdict(&then, Some(&then), late), Some(EndReason::Expired));
    }

    #[tokio::test]
    async fn sockets_with_the_same_rights_are_watched_as_one() {
        let watched = Arc::new(Watched::default());
        let open = || Session {
            viewer: Arc::new(viewer(None)),
            credential: Arc::new(Credential::Key { prefix: "a".to_owned() }),
            watched: watched.clone(),
            clock: Clock::System,
        };
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let session = open();
                tokio::spawn(async move { session.ended().await })
            })
            .collect();
        tokio::task::yield_now().await;
        let entries = watched.list(None);
        assert_eq!(entries.len(), 1);
        entries[0].end.send_replace(Some(EndReason::Revoked));
        drop(entries);
        for session in waiting {
            assert_eq!(session.await.unwrap(), EndReason::Revoked);
        }
        assert!(watched.list(None).is_empty());
    }

    #[tokio::test]
    async fn a_session_ends_when_its_credential_expires() {
        let clock = Clock::System;
        let session = Session {
            viewer: Arc::new(viewer(Some(clock.now() + TimeDelta::milliseconds(20)))),
            credential: Arc::new(Credential::Key { prefix: "a".to_owned() }),
            watched: Arc::default(),
            clock,
        };
        assert_eq!(session.ended().await, EndReason::Expired);
    }
}
