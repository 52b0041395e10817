//! Callers that were let in a moment ago: their next request is not held against the database again.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use domain::viewer::Viewer;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::sessions::Credential;
use crate::{
    memory::{self, Memory},
    wakeups::Wakeups,
};

pub(super) struct Recent {
    wakeups: Wakeups,
    callers: Memory<Name, Caller>,
    right: Mutex<Right>,
}

/// Credentials that were right when they were last presented, for telling them from guesses. When there is no room for
/// more, those are forgotten that were not presented since there was none before.
#[derive(Default)]
struct Right {
    newer: HashSet<Name>,
    older: HashSet<Name>,
}

const MOST_RIGHT: usize = 10_000;

/// A hash of a credential: the credential itself is not kept.
type Name = [u8; 32];

type Caller = (Arc<Credential>, Arc<Viewer>);

/// A credential that is about to be held against the database.
#[derive(Clone, Copy)]
pub(super) struct Asked(Name, memory::Asked);

impl Recent {
    pub(super) fn new(wakeups: Wakeups) -> Self {
        Self { wakeups, callers: Memory::default(), right: Mutex::default() }
    }

    /// Whose credential it is, if that was found out a moment ago and nobody's rights have changed since.
    pub(super) fn find(&self, credential: &SecretString, now: DateTime<Utc>) -> Option<Caller> {
        let Asked(name, asked) = self.ask(credential);
        let caller = self.callers.find(&name, asked)?;
        caller.1.expires_at.is_none_or(|at| at > now).then_some(caller)
    }

    /// To be called before the database is read.
    pub(super) fn ask(&self, credential: &SecretString) -> Asked {
        Asked(name(credential), memory::Asked::now(self.wakeups.changes_of_rights()))
    }

    pub(super) fn remember(&self, asked: Asked, credential: Arc<Credential>, viewer: Arc<Viewer>) {
        self.callers.remember(asked.1, asked.0, (credential, viewer));
        let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        if right.newer.len() >= MOST_RIGHT {
            right.older = std::mem::take(&mut right.newer);
        }
        right.newer.insert(asked.0);
    }

    /// Whether it was right when it was last presented.
    pub(super) fn was_right(&self, credential: &SecretString) -> bool {
        let name = name(credential);
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        right.newer.contains(&name) || right.older.contains(&name)
    }
}

fn name(credential: &SecretString) -> Name {
    Sha256::digest(credential.expose_secret()).into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;
    use entity::TenantId;
    use tokio::time::advance;
    use uuid::Uuid;

    use super::*;
    use crate::{
        memory::{MOMENT, MOST},
        wakeups::Hint,
    };

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    fn tenant() -> TenantId {
        TenantId(Uuid::from_u128(1))
    }

    fn remember_as(recent: &Recent, asked: Asked, expires_at: Option<DateTime<Utc>>) {
        let credential = Arc::new(Credential::Key { prefix: "a".to_owned() });
        let viewer = Arc::new(Viewer { expires_at, ..Viewer::system(tenant()) });
        recent.remember(asked, credential, viewer);
    }

    fn remember(recent: &Recent, text: &str) {
        remember_as(recent, recent.ask(&secret(text)), None);
    }

    fn knows(recent: &Recent, text: &str) -> bool {
        recent.find(&secret(text), NOW).is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_is_taken_for_good_for_a_second_from_when_it_was_asked_for() {
        let recent = Recent::new(Wakeups::default());
        let asked = recent.ask(&secret("a"));
        advance(Duration::from_millis(400)).await;
        remember_as(&recent, asked, None);
        assert!(knows(&recent, "a"));
        assert!(!knows(&recent, "b"));
        advance(Duration::from_millis(599)).await;
        assert!(knows(&recent, "a"));
        advance(Duration::from_millis(1)).await;
        assert!(!knows(&recent, "a"));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_taken_for_good_once_rights_have_changed() {
        let wakeups = Wakeups::default();
        let recent = Recent::new(wakeups.clone());
        remember(&recent, "a");
        wakeups.log_grew(tenant());
        assert!(knows(&recent, "a"));
        wakeups.send(Hint::RightsChanged(tenant()));
        assert!(!knows(&recent, "a"));
        remember(&recent, "a");
        assert!(knows(&recent, "a"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_before_rights_changed_is_not_taken_for_good() {
        let wakeups = Wakeups::default();
        let recent = Recent::new(wakeups.clone());
        let asked = recent.ask(&secret("a"));
        wakeups.send(Hint::RightsChanged(tenant()));
        remember_as(&recent, asked, None);
        assert!(!knows(&recent, "a"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_whose_time_is_over_is_not_taken_for_good() {
        let recent = Recent::new(Wakeups::default());
        let end = NOW + TimeDelta::milliseconds(10);
        remember_as(&recent, recent.ask(&secret("a")), Some(end));
        assert!(recent.find(&secret("a"), end - TimeDelta::microseconds(1)).is_some());
        assert!(recent.find(&secret("a"), end).is_none());
    }

    #[test]
    fn a_right_credential_is_told_from_a_guess_for_long_but_not_for_ever() {
        let recent = Recent::new(Wakeups::default());
        remember(&recent, "a");
        assert!(recent.was_right(&secret("a")));
        assert!(!recent.was_right(&secret("b")));
        for number in 0..2 * MOST_RIGHT {
            remember(&recent, &number.to_string());
        }
        assert!(!recent.was_right(&secret("a")));
        assert!(recent.was_right(&secret(&MOST_RIGHT.to_string())));
        let right = recent.right.lock().unwrap();
        assert!(right.newer.len() + right.older.len() <= 2 * MOST_RIGHT);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_callers_are_remembered_than_there_is_room_for() {
        let recent = Recent::new(Wakeups::default());
        let remembered = || recent.callers.len();
        for number in 1..MOST {
            remember(&recent, &number.to_string());
        }
        advance(MOMENT / 2).await;
        remember(&recent, "late");
        assert_eq!(remembered(), MOST);
        advance(MOMENT / 2).await;
        // Those go first who would be looked up again anyway.
        remember(&recent, "later");
        assert_eq!(remembered(), 2);
        assert!(knows(&recent, "late"));
        for number in 0..MOST {
            remember(&recent, &number.to_string());
            assert!(remembered() <= MOST);
        }
        assert!(knows(&recent, &(MOST - 1).to_string()));
    }
}
