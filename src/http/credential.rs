//! Where callers put their credential, and what becomes of it.

use std::net::IpAddr;

use async_graphql::ServerError;
use axum::http::{HeaderMap, header};
use entity::TenantId;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};
use uuid::Uuid;

use super::{
    errors,
    gateway::Gateway,
    rate_limit::{Rate, RateLimit, network_of},
};
use crate::{
    auth::{AuthError, Session, fingerprint},
    graphql::id::Id,
    metrics::SignIn,
};

/// Names the tenant that a caller means to be in (IFS-01).
const TENANT_HEADER: &str = "x-ordergate-tenant";

/// A credential, and the tenant that its bearer named.
#[derive(Clone, Debug)]
pub(super) struct Presented {
    credential: SecretString,
    tenant: Option<String>,
}

impl Presented {
    /// What the headers of a request hold; none: no credential.
    pub(super) fn in_headers(headers: &HeaderMap) -> Option<Self> {
        let authorization = headers.get(header::AUTHORIZATION)?;
        // What cannot be read is an empty credential, which is not valid, and not the absence of one.
        let credential = authorization.to_str().ok().and_then(bearer).unwrap_or_default();
        let tenant = headers.get(TENANT_HEADER);
        Some(Self {
            credential: SecretString::from(credential),
            tenant: tenant.map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned()),
        })
    }

    /// What the payload of `connection_init` holds; none: no credential.
    pub(super) fn in_payload(payload: &Map<String, Value>) -> Option<Self> {
        const NAMES: [&str; 4] = ["Authorization", "authorization", "token", "apiKey"];
        let text = NAMES.iter().find_map(|name| payload.get(*name))?.as_str().unwrap_or_default();
        let tenant = [TENANT_HEADER, "X-Ordergate-Tenant", "tenant"]
            .iter()
            .find_map(|name| payload.get(*name))
            .map(|tenant| tenant.as_str().unwrap_or_default().to_owned());
        Some(Self { credential: SecretString::from(bearer(text).unwrap_or(text)), tenant })
    }
}

/// The part behind the word `Bearer`.
fn bearer(text: &str) -> Option<&str> {
    let (scheme, credential) = text.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// What is counted of those who sign in.
///
/// A credential is always looked up before anybody is refused, so a right one is never refused for wrong ones of others.
/// Where too many were wrong lately, what was not right before is looked up one after the other.
pub(super) struct SignIns {
    /// Wrong ones, by address and by what the credential names.
    wrong: RateLimit<(IpAddr, String)>,
    /// Those that came to nothing, by address.
    in_vain: RateLimit<IpAddr>,
    /// Where credentials of doubtful addresses are looked up.
    doubtful: Semaphore,
}

/// How many credentials of doubtful addresses are looked up at once, for all of them.
const DOUBTFUL_AT_ONCE: usize = 2;
/// An address becomes doubtful after so many times the wrong attempts that one credential may have.
const ADDRESS_FACTOR: u32 = 4;

impl SignIns {
    pub(super) fn new(wrong_per_minute: u32) -> Self {
        Self {
            wrong: RateLimit::new(Rate::per_minute(wrong_per_minute)),
            in_vain: RateLimit::new(Rate::per_minute(
                wrong_per_minute.saturating_mul(ADDRESS_FACTOR),
            )),
            doubtful: Semaphore::new(DOUBTFUL_AT_ONCE),
        }
    }

    /// Waits where the address is doubtful.
    async fn turn(&self, address: IpAddr) -> Option<SemaphorePermit<'_>> {
        if self.in_vain.check(address, Instant::now()).is_ok() {
            return None;
        }
        self.doubtful.acquire().await.ok()
    }
}

/// Lets a caller in, or says why not. Counts failures.
pub(super) async fn authenticate<E>(
    gateway: &Gateway<E>,
    presented: &Presented,
    address: IpAddr,
    request_id: &str,
) -> Result<Session, ServerError> {
    let Gateway { sign_ins, authenticator, .. } = gateway;
    let Presented { credential, .. } = presented;
    let address = network_of(address);
    let turn =
        if authenticator.was_right(credential) { None } else { sign_ins.turn(address).await };
    // Mostly a key without the word before it.
    let is_empty = credential.expose_secret().is_empty();
    let answer = if is_empty {
        Err(AuthError::Invalid)
    } else {
        authenticator.authenticate(credential).await
    };
    drop(turn);
    let count = |outcome| gateway.app.metrics.signed_in(outcome);
    let (error, outcome) = match answer {
        Ok(session) if names_its_tenant(presented, &session) => {
            count(SignIn::Ok);
            return Ok(session);
        }
        Ok(_) => (
            errors::coded(
                errors::UNAUTHENTICATED,
                "The credential does not belong to the tenant that the request names.",
            ),
            SignIn::OtherTenant,
        ),
        Err(AuthError::Invalid) if is_empty => {
            (errors::coded(errors::UNAUTHENTICATED, errors::CREDENTIAL_WANTED), SignIn::Wrong)
        }
        Err(refusal) => {
            let outcome = match &refusal {
                AuthError::Invalid => SignIn::Wrong,
                AuthError::Expired => SignIn::Expired,
                AuthError::Revoked => SignIn::Revoked,
                AuthError::Failed(_) => SignIn::Failed,
            };
            (errors::refused_credential(&refusal, request_id), outcome)
        }
    };
    count(outcome);
    if outcome == SignIn::Failed {
        return Err(error);
    }
    let now = Instant::now();
    sign_ins.in_vain.charge(address, now);
    // Whoever has had a right one is to hear that it is over, however often it asks.
    if outcome == SignIn::Wrong {
        // The last allowed failure is answered as such; the next one has to wait.
        let taken = sign_ins.wrong.take((address, fingerprint(credential)), 1, now);
        taken.map_err(|wait| {
            errors::come_back(errors::RATE_LIMITED, "Too many failed authentications.", wait)
        })?;
    }
    Err(error)
}

fn names_its_tenant(presented: &Presented, session: &Session) -> bool {
    let Some(named) = &presented.tenant else { return true };
    let its = session.viewer().tenant_id;
    // As it is shown, or its digits alone.
    Id::<TenantId>::read(named).is_some_and(|id| id.0 == its)
        || named.parse().is_ok_and(|id: Uuid| id == its.0)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn headers_hold_a_bearer_credential() {
        for (value, expected) in
            [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("abc", "")]
        {
            let headers =
                HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            let presented = Presented::in_headers(&headers).unwrap();
            assert_eq!(presented.credential.expose_secret(), expected, "{value}");
        }
        assert!(Presented::in_headers(&HeaderMap::new()).is_none());
    }

    #[test]
    fn a_payload_holds_it_under_several_names() {
        for payload in [
            json!({ "Authorization": "Bearer abc" }),
            json!({ "authorization": "abc" }),
            json!({ "token": "abc" }),
            json!({ "apiKey": "abc" }),
        ] {
            let presented = Presented::in_payload(payload.as_object().unwrap()).unwrap();
            assert_eq!(presented.credential.expose_secret(), "abc", "{payload}");
        }
        assert!(Presented::in_payload(&Map::new()).is_none());
    }
}
