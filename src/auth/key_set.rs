//! The public keys that an identity provider lists at its JWKS address, kept for a while.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Client, redirect::Policy};
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};
use tracing::warn;
use url::{Host, Url};

use super::AuthError;

const KEPT_FOR: Duration = Duration::from_mins(10);
/// While the provider does not answer, keys are used for this long.
const KEPT_WITHOUT_ANSWER: Duration = Duration::from_hours(1);
/// Tokens with keys that nobody knows must not make us ask more often than this.
const ASKED_EVERY: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(5);
const MOST_BYTES: usize = 256 * 1024;
const LEAST_RSA_BYTES: usize = 256;

/// A key and the one algorithm that it is used with.
pub(super) struct SigningKey {
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
}

pub(super) struct KeySet {
    url: Url,
    client: Client,
    known: RwLock<Known>,
    /// When the provider was last asked. Held while asking, so that one caller asks for all.
    asked_at: Mutex<Option<Instant>>,
}

#[derive(Clone, Default)]
struct Known {
    read_at: Option<Instant>,
    /// By `kid`; a key without one is listed under the empty name.
    keys: Arc<HashMap<String, Arc<SigningKey>>>,
}

impl KeySet {
    pub(super) fn new(url: Url) -> anyhow::Result<Self> {
        let local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        anyhow::ensure!(
            url.scheme() == "https" || (url.scheme() == "http" && local),
            "the address of the key set must be https, or http on this machine"
        );
        // Somebody else may have chosen one before; any will do.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .build()
            .context("cannot set up the client for the key set")?;
        Ok(Self { url, client, known: RwLock::default(), asked_at: Mutex::default() })
    }

    /// The key that a token names. A token that names none can only mean the only key.
    pub(super) async fn find(&self, id: Option<&str>) -> Result<Arc<SigningKey>, AuthError> {
        let known = self.known();
        let fresh = known.read_at.is_some_and(|at| at.elapsed() < KEPT_FOR);
        if fresh && let Some(key) = known.find(id) {
            return Ok(key);
        }
        self.ask().await;
        let known = self.known();
        match known.read_at {
            Some(at) if at.elapsed() < KEPT_WITHOUT_ANSWER => {
                known.find(id).ok_or(AuthError::Invalid)
            }
            Some(_) | None => {
                Err(AuthError::Failed(anyhow::anyhow!("there are no keys to check tokens with")))
            }
        }
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask(&self) {
        let mut asked_at = self.asked_at.lock().await;
        if asked_at.is_some_and(|at| at.elapsed() < ASKED_EVERY) {
            return;
        }
        *asked_at = Some(Instant::now());
        match self.fetch().await {
            Ok(keys) => {
                let known = Known { read_at: Some(Instant::now()), keys: Arc::new(keys) };
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
            }
            Err(error) => warn!("cannot read the key set at {}: {error:#}", self.url),
        }
    }

    async fn fetch(&self) -> anyhow::Result<HashMap<String, Arc<SigningKey>>> {
        let mut response = self.client.get(self.url.clone()).send().await?.error_for_status()?;
        anyhow::ensure!(response.status().is_success(), "HTTP {}", response.status());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            anyhow::ensure!(body.len() + chunk.len() <= MOST_BYTES, "more than {MOST_BYTES} bytes");
            body.extend_from_slice(&chunk);
        }
        read_keys(&body)
    }
}

impl Known {
    fn find(&self, id: Option<&str>) -> Option<Arc<SigningKey>> {
        match id {
            Some(id) => self.keys.get(id).cloned(),
            None if self.keys.len() == 1 => self.keys.values().next().cloned(),
            None => None,
        }
    }
}

#[derive(Deserialize)]
struct Listing {
    keys: Vec<serde_json::Value>,
}

/// The keys that can be used here; others in the list are somebody else's business.
fn read_keys(body: &[u8]) -> anyhow::Result<HashMap<String, Arc<SigningKey>>> {
    let listing: Listing = serde_json::from_slice(body).context("it is not a key set")?;
    let keys: HashMap<_, _> = listing
        .keys
        .into_iter()
        .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
        .filter_map(|jwk| {
            let key = signing_key(&jwk)?;
            Some((jwk.common.key_id.unwrap_or_default(), Arc::new(key)))
        })
        .collect();
    anyhow::ensure!(!keys.is_empty(), "it lists no key for ES256, EdDSA or RS256");
    Ok(keys)
}

fn signing_key(jwk: &Jwk) -> Option<SigningKey> {
    if !matches!(&jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(it) if it.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(it) if it.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        AlgorithmParameters::RSA(it)
            if BASE64_URL_SAFE_NO_PAD.decode(&it.n).is_ok_and(|n| n.len() >= LEAST_RSA_BYTES) =>
        {
            Algorithm::RS256
        }
        AlgorithmParameters::EllipticCurve(_)
        | AlgorithmParameters::OctetKeyPair(_)
        | AlgorithmParameters::RSA(_)
        | AlgorithmParameters::OctetKey(_)
        | AlgorithmParameters::Other(_)
        | _ => return None,
    };
    if let Some(named) = jwk.common.key_algorithm
        && named != KeyAlgorithm::from(algorithm)
    {
        return None;
    }
    Some(SigningKey { key: DecodingKey::from_jwk(jwk).ok()?, algorithm })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Router, routing::get};
    use jsonwebtoken::{
        EncodingKey,
        crypto::{sign, verify},
    };

    use super::*;

    const LISTING: &str = r#"{"keys":[
        {"kty":"OKP","crv":"Ed25519","kid":"one","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty":"OKP","crv":"Ed25519","kid":"for-encryption","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty":"OKP","crv":"Ed25519","kid":"another-algorithm","alg":"RS256","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty":"oct","kid":"secret","alg":"HS256","k":"c2VjcmV0"},
        {"kty":"RSA","kid":"short","n":"AQAB","e":"AQAB"},
        {"kty":"unknown"}
    ]}"#;

    #[test]
    fn only_keys_for_signatures_of_known_kinds_are_used() {
        let keys = read_keys(LISTING.as_bytes()).unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["one"]);
        assert_eq!(keys["one"].algorithm, Algorithm::EdDSA);
    }

    /// Made for this test.
    const ELLIPTIC: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBjhwsYme+PmLPVAe
APjFFmMJfaq8AFsjsuamUH9vGiGhRANCAAS5ZQGCddSbX4f1ZbMzhgr9V46vQpHi
KK7OtNNSA0WErrxPllfMv7LQrVjenjMkxhNvLPTmjUff6VyDqCppOwOy
-----END PRIVATE KEY-----";
    const EDWARDS: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIA0Huu/m/uQY4VXw++Wc4rQ2AHvGyNBhDiO2WIg6yNOU
-----END PRIVATE KEY-----";

    #[test]
    fn signatures_are_checked_with_the_key_s_own_algorithm() {
        for (private, algorithm) in [
            (EncodingKey::from_ec_pem(ELLIPTIC.as_bytes()).unwrap(), Algorithm::ES256),
            (EncodingKey::from_ed_pem(EDWARDS.as_bytes()).unwrap(), Algorithm::EdDSA),
        ] {
            let mut jwk = Jwk::from_encoding_key(&private, algorithm).unwrap();
            jwk.common.key_id = Some("a".to_owned());
            let listing = serde_json::json!({ "keys": [jwk] }).to_string();
            let keys = read_keys(listing.as_bytes()).unwrap();
            let signature = sign(b"message", &private, algorithm).unwrap();
            assert_eq!(keys["a"].algorithm, algorithm);
            assert!(verify(&signature, b"message", &keys["a"].key, algorithm).unwrap());
            assert!(!verify(&signature, b"massage", &keys["a"].key, algorithm).unwrap());
        }
    }

    #[test]
    fn an_address_that_others_can_read_along_is_refused() {
        for (url, good) in [
            ("https://issuer.example/keys", true),
            ("http://127.0.0.1:1/keys", true),
            ("http://localhost:1/keys", true),
            ("http://issuer.example/keys", false),
            ("file:///etc/keys", false),
        ] {
            assert_eq!(KeySet::new(url.parse().unwrap()).is_ok(), good, "{url}");
        }
    }

    #[tokio::test]
    async fn unknown_keys_do_not_make_us_ask_again_and_again() {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let answer = move || {
            counter.fetch_add(1, Ordering::SeqCst);
            async { LISTING }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            axum::serve(listener, Router::new().route("/keys", get(answer))).await
        });
        let set = KeySet::new(url.parse().unwrap()).unwrap();
        assert!(set.find(Some("one")).await.is_ok());
        assert!(set.find(None).await.is_ok());
        for _ in 0..3 {
            assert!(matches!(set.find(Some("two")).await, Err(AuthError::Invalid)));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        server.abort();
    }
}
