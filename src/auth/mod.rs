//! Who is calling: from an API key or a JWT to a viewer, and for how long that stays true.

mod absent;
mod api_key;
mod claims;
mod key_set;
mod link_token;
mod recent;
mod scope;
mod sessions;
mod token;

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{ActorKind, api_key as api_key_row};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::info;

pub(crate) use self::absent::Absent;
pub use self::{
    api_key::ApiKeySecret,
    claims::ClaimNames,
    link_token::LinkToken,
    sessions::{EndReason, Session},
    token::{TokenConfig, TokenKeys},
};
use self::{
    api_key::{PresentedKey, looks_like_key},
    recent::Recent,
    scope::{Grant, viewers},
    sessions::{Credential, Sessions},
    token::Tokens,
};
use crate::{clock::Clock, store::Store};

/// A hash that no secret has. Comparing with it costs an unknown key the same time as a known one.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// How callers prove themselves.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Which JWTs are believed; none: only API keys.
    pub tokens: Option<TokenConfig>,
    /// How often the credentials of open feeds are held against the database; default 10 s.
    pub recheck_every: Duration,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self { tokens: None, recheck_every: Duration::from_secs(10) }
    }
}

impl AuthConfig {
    /// Ok if credentials can be checked with this.
    pub fn check(&self) -> anyhow::Result<()> {
        self.tokens.clone().map_or(Ok(()), |tokens| Tokens::new(tokens).map(drop))
    }
}

/// Why nobody is let in.
#[derive(Debug)]
pub enum AuthError {
    /// Not a credential that is known here. Nothing more is said, so that nothing can be learned.
    Invalid,
    /// It was good, and is no longer.
    Expired,
    Revoked,
    /// We could not find out. The cause is for the log only.
    Failed(anyhow::Error),
}

impl From<DbErr> for AuthError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// Checks credentials. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Clock,
    tokens: Option<Tokens>,
    sessions: Sessions,
    recent: Recent,
}

impl Authenticator {
    /// Starts the task that holds open sessions against the database; it runs on `tasks` until `stop`.
    pub fn start(
        store: Store,
        clock: Clock,
        config: AuthConfig,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let tokens = config.tokens.map(Tokens::new).transpose()?;
        let sessions =
            Sessions::start(store.clone(), clock.clone(), config.recheck_every, tasks, stop);
        let recent = Recent::new(store.wakeups().clone());
        Ok(Self { inner: Arc::new(Inner { store, clock, tokens, sessions, recent }) })
    }

    /// Whether this API key or JWT was a right one when it was last presented here. It need not be one any more.
    pub fn was_right(&self, credential: &SecretString) -> bool {
        self.inner.recent.was_right(credential)
    }

    /// Who presents this API key or JWT.
    pub async fn authenticate(&self, credential: &SecretString) -> Result<Session, AuthError> {
        let now = self.inner.clock.now();
        if let Some((known, viewer)) = self.inner.recent.find(credential, now) {
            return Ok(self.inner.sessions.open(known, viewer));
        }
        let asked = self.inner.recent.ask(credential);
        let database = self.inner.store.readers();
        let (credential, grant) = if looks_like_key(credential) {
            let key = PresentedKey::parse(credential).ok_or(AuthError::Invalid)?;
            let grant = key_grant(database, &key, now).await?;
            (Credential::Key { prefix: key.prefix }, grant)
        } else {
            let Some(tokens) = self.inner.tokens.as_ref() else {
                info!("refused a credential that is no API key: no tokens are believed (--jwt-…)");
                return Err(AuthError::Invalid);
            };
            let grant = tokens.read(credential, now).await?;
            (Credential::Token(Box::new(grant.clone())), grant)
        };
        // A grant for something that does not exist is no grant.
        let grants = [grant];
        let Some(viewer) = viewers(database, &grants).await?.pop().flatten() else {
            let [Grant { role, tenant_id, partner_id, customer_id, .. }] = grants;
            info!(
                %tenant_id, ?partner_id, ?customer_id,
                "refused a credential for {role}: what it names does not exist, or does not go together; a PARTNER \
                 has a partner, a CUSTOMER a customer, an APPROVER may have a partner, and nobody else has either"
            );
            return Err(AuthError::Invalid);
        };
        let viewer = Arc::new(viewer);
        let credential = Arc::new(credential);
        self.inner.recent.remember(asked, credential.clone(), viewer.clone());
        Ok(self.inner.sessions.open(credential, viewer))
    }
}

/// What identifies a credential without being one: for counting failures.
pub(crate) fn fingerprint(credential: &SecretString) -> String {
    match PresentedKey::parse(credential) {
        Some(key) => key.prefix,
        None => BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(credential.expose_secret())),
    }
}

async fn key_grant(
    database: &DatabaseConnection,
    key: &PresentedKey,
    now: DateTime<Utc>,
) -> Result<Grant, AuthError> {
    let row = api_key_row::Entity::find()
        .filter(api_key_row::Column::Prefix.eq(&key.prefix))
        .one(database)
        .await?;
    let proven = key.matches(row.as_ref().map_or(NO_HASH, |row| &row.secret_hash));
    let row = row.filter(|_| proven).ok_or(AuthError::Invalid)?;
    if row.revoked_at.is_some() {
        return Err(AuthError::Revoked);
    }
    if row.expires_at.is_some_and(|at| at <= now) {
        return Err(AuthError::Expired);
    }
    Ok(grant_of(&row))
}

fn grant_of(key: &api_key_row::Model) -> Grant {
    Grant {
        tenant_id: key.tenant_id,
        role: key.role,
        partner_id: key.partner_id,
        customer_id: key.customer_id,
        subject: format!("key:{}", key.prefix),
        kind: ActorKind::ApiKey,
        expires_at: key.expires_at,
    }
}
