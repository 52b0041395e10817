//! Callers that were let in a moment ago: their next request is not held against the database again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::sessions::Credential;
use crate::{events::wakeups::Wakeups, viewer::Viewer};

/// How long a change of rights that was made by another node, or by the program on the command line, may go unnoticed.
/// One that was made by this node is noticed at once.
const MOMENT: Duration = Duration::from_secs(1);

/// How many callers are remembered.
const MOST: usize = 10_000;

pub(super) struct Recent {
    wakeups: Wakeups,
    callers: Mutex<HashMap<Name, Caller>>,
}

/// A hash of a credential: the credential itself is not kept.
type Name = [u8; 32];

struct Caller {
    asked: Asked,
    credential: Arc<Credential>,
    viewer: Arc<Viewer>,
}

/// A credential that is about to be held against the database, and what was known at that time.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    name: Name,
    at: Instant,
    /// How often rights had changed by then.
    changes: u64,
}

impl Recent {
    pub(super) fn new(wakeups: Wakeups) -> Self {
        Self { wakeups, callers: Mutex::default() }
    }

    /// Whose credential it is, if that was found out a moment ago and nobody's rights have changed since.
    pub(super) fn find(
        &self,
        credential: &SecretString,
        now: DateTime<Utc>,
    ) -> Option<(Arc<Credential>, Arc<Viewer>)> {
        let callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let caller = callers.get(&name(credential))?;
        let good = caller.asked.at.elapsed() < MOMENT
            && caller.asked.changes == self.wakeups.changes_of_rights()
            && caller.viewer.expires_at.is_none_or(|at| at > now);
        good.then(|| (caller.credential.clone(), caller.viewer.clone()))
    }

    /// To be called before the database is read.
    pub(super) fn ask(&self, credential: &SecretString) -> Asked {
        let changes = self.wakeups.changes_of_rights();
        Asked { name: name(credential), at: Instant::now(), changes }
    }

    pub(super) fn remember(&self, asked: Asked, credential: Arc<Credential>, viewer: Arc<Viewer>) {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= MOST {
            callers.retain(|_, caller| caller.asked.at.elapsed() < MOMENT);
            if callers.len() >= MOST {
                callers.clear();
            }
        }
        callers.insert(asked.name, Caller { asked, credential, viewer });
    }
}

fn name(credential: &SecretString) -> Name {
    Sha256::digest(credential.expose_secret()).into()
}
