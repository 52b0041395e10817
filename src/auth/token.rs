//! JWTs: who signed it, for whom, for how long, and for which tenant and role.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ActorKind, CustomerId, PartnerId, Role, TenantId};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::{AuthError, key_set::KeySet, scope::Grant};

const MOST_BYTES: usize = 8 * 1024;
const LEAST_SECRET_BYTES: usize = 32;
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(1);

/// Which JWTs are believed.
#[derive(Clone, Debug)]
pub struct TokenConfig {
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must be or contain.
    pub audience: String,
    pub keys: TokenKeys,
}

/// What signatures are checked with.
#[derive(Clone, Debug)]
pub enum TokenKeys {
    /// HS256 with a secret of at least 32 bytes.
    Secret(SecretString),
    /// ES256, `EdDSA` or RS256 with the keys that this address lists; https, or http on this machine.
    KeySet(Url),
}

/// Checks tokens.
pub(super) struct Tokens {
    issuer: String,
    audience: String,
    keys: Keys,
}

enum Keys {
    Secret(DecodingKey),
    Set(KeySet),
}

/// The claims that are read. Every type is exact: a number in quotes is no number.
#[derive(Deserialize)]
struct Claims {
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    #[serde(rename = "iss")]
    _issuer: String,
    sub: String,
    tid: Uuid,
    role: Role,
    partner: Option<PartnerId>,
    customer: Option<CustomerId>,
}

impl Tokens {
    pub(super) fn new(config: TokenConfig) -> anyhow::Result<Self> {
        let keys = match config.keys {
            TokenKeys::Secret(secret) => {
                let secret = secret.expose_secret().as_bytes();
                anyhow::ensure!(
                    secret.len() >= LEAST_SECRET_BYTES,
                    "the secret for tokens has {} bytes; it needs at least {LEAST_SECRET_BYTES}",
                    secret.len()
                );
                Keys::Secret(DecodingKey::from_secret(secret))
            }
            TokenKeys::KeySet(url) => Keys::Set(KeySet::new(url)?),
        };
        anyhow::ensure!(!config.issuer.is_empty(), "the issuer of tokens must be named");
        anyhow::ensure!(!config.audience.is_empty(), "the audience of tokens must be named");
        Ok(Self { issuer: config.issuer, audience: config.audience, keys })
    }

    /// What a token says, if it is to be believed now.
    pub(super) async fn read(
        &self,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<Grant, AuthError> {
        let token = token.expose_secret();
        if token.len() > MOST_BYTES {
            return Err(AuthError::Invalid);
        }
        let header = decode_header(token).map_err(|_| AuthError::Invalid)?;
        // A header that must be understood is not understood here.
        if header.crit.is_some() {
            return Err(AuthError::Invalid);
        }
        let claims = match &self.keys {
            Keys::Secret(key) => self.verify(token, key, Algorithm::HS256)?,
            Keys::Set(set) => {
                let key = set.find(header.kid.as_deref()).await?;
                self.verify(token, &key.key, key.algorithm)?
            }
        };
        grant(&claims, now)
    }

    /// Checks signature, issuer and audience. The algorithm is the key's; what the token says about it must agree.
    fn verify(
        &self,
        token: &str,
        key: &DecodingKey,
        algorithm: Algorithm,
    ) -> Result<Claims, AuthError> {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are held against the service's own clock.
        validation.validate_exp = false;
        let token = decode(token, key, &validation).map_err(|_| AuthError::Invalid)?;
        Ok(token.claims)
    }
}

fn grant(claims: &Claims, now: DateTime<Utc>) -> Result<Grant, AuthError> {
    let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(AuthError::Invalid);
    let (issued_at, expires_at) = (time(claims.iat)?, time(claims.exp)?);
    let valid_from = claims.nbf.map_or(Ok(issued_at), time)?;
    if issued_at > now + LEEWAY || valid_from > now + LEEWAY {
        return Err(AuthError::Invalid);
    }
    if expires_at <= issued_at || expires_at - issued_at > LONGEST_LIFE {
        return Err(AuthError::Invalid);
    }
    if expires_at + LEEWAY <= now {
        return Err(AuthError::Expired);
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return Err(AuthError::Invalid);
    }
    Ok(Grant {
        tenant_id: TenantId(claims.tid),
        role: claims.role,
        partner_id: claims.partner,
        customer_id: claims.customer,
        subject: format!("user:{}", claims.sub),
        kind: ActorKind::User,
        expires_at: Some(expires_at),
    })
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "a secret of more than thirty-two bytes";

    fn tokens() -> Tokens {
        Tokens::new(TokenConfig {
            issuer: "https://issuer.example".to_owned(),
            audience: "ordergate".to_owned(),
            keys: TokenKeys::Secret(SecretString::from(SECRET)),
        })
        .unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn claims() -> Value {
        json!({
            "iss": "https://issuer.example",
            "aud": "ordergate",
            "sub": "ada",
            "iat": 1_799_999_990,
            "exp": 1_800_000_600,
            "tid": "0198c0de-0000-7000-8000-000000000001",
            "role": "SELLER",
        })
    }

    fn signed(claims: &Value) -> String {
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    async fn read(token: &str) -> Result<Grant, AuthError> {
        tokens().read(&SecretString::from(token), now()).await
    }

    #[tokio::test]
    async fn a_good_token_says_who_calls() {
        let grant = read(&signed(&claims())).await.unwrap();
        assert_eq!((grant.subject.as_str(), grant.role), ("user:ada", Role::Seller));
        assert_eq!(grant.expires_at, DateTime::from_timestamp(1_800_000_600, 0));
        assert!(read(&signed(&with("aud", json!(["other", "ordergate"])))).await.is_ok());
    }

    #[tokio::test]
    async fn a_clock_may_be_thirty_seconds_off_and_no_more() {
        for (name, value, good) in [
            ("exp", 1_799_999_991, true),
            ("nbf", 1_800_000_030, true),
            ("nbf", 1_800_000_031, false),
            ("iat", 1_800_000_030, true),
            ("iat", 1_800_000_031, false),
        ] {
            assert_eq!(read(&signed(&with(name, json!(value)))).await.is_ok(), good, "{name}");
        }
        let mut expired = claims();
        expired["iat"] = json!(1_799_999_000);
        expired["exp"] = json!(1_799_999_970);
        assert!(matches!(read(&signed(&expired)).await, Err(AuthError::Expired)));
    }

    #[tokio::test]
    async fn claims_that_are_missing_or_wrong_are_refused() {
        for name in ["exp", "iat", "iss", "aud", "sub", "tid", "role"] {
            let result = read(&signed(&without(name))).await;
            assert!(matches!(result, Err(AuthError::Invalid)), "without {name}");
        }
        for (name, value) in [
            ("iss", json!("https://other.example")),
            ("iss", json!(["https://issuer.example"])),
            ("aud", json!("another")),
            ("aud", json!(7)),
            ("sub", json!("")),
            ("sub", json!("a".repeat(256))),
            ("tid", json!("tenant")),
            ("role", json!("seller")),
            ("role", json!("ROOT")),
            ("partner", json!("nobody")),
            ("exp", json!("1800000600")),
            ("exp", json!(1_800_000_600.5)),
            ("exp", json!(-1)),
            ("exp", json!(i64::MAX)),
            ("exp", json!(u64::MAX)),
            ("exp", json!(null)),
            ("exp", json!(1_800_003_600)),
            ("iat", json!("1799999990")),
            ("iat", json!(1_800_000_601)),
            ("nbf", json!("1799999990")),
            ("nbf", json!(1.5)),
        ] {
            let result = read(&signed(&with(name, value.clone()))).await;
            assert!(matches!(result, Err(AuthError::Invalid)), "{name} = {value}");
        }
    }

    #[tokio::test]
    async fn a_claim_given_twice_is_refused() {
        let payload = claims().to_string().replacen(
            '{',
            "{\"tid\":\"0198c0de-0000-7000-8000-000000000002\",",
            1,
        );
        let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
        let message = format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload));
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        let result = read(&format!("{message}.{signature}")).await;
        assert!(matches!(result, Err(AuthError::Invalid)));
    }

    #[tokio::test]
    async fn signatures_that_do_not_prove_it_are_refused() {
        let good = signed(&claims());
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (_, payload) = message.split_once('.').unwrap();
        let other_key = EncodingKey::from_secret(b"another secret of thirty-two bytes!");
        let right_key = EncodingKey::from_secret(SECRET.as_bytes());
        let header = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let mut critical = Header::new(Algorithm::HS256);
        critical.crit = Some(vec!["b64".to_owned()]);
        for wrong in [
            format!("{message}."),
            format!("{message}.{}", &signature[1..]),
            format!("{}.{payload}.", header(r#"{"alg":"none"}"#)),
            format!("{}.{payload}.{signature}", header(r#"{"alg":"none"}"#)),
            format!("{}.{payload}.{signature}", header(r#"{"alg":"nOnE"}"#)),
            format!("{}.{payload}.{signature}", header(r#"{"alg":"RS256"}"#)),
            encode(&Header::new(Algorithm::HS256), &claims(), &other_key).unwrap(),
            encode(&Header::new(Algorithm::HS512), &claims(), &right_key).unwrap(),
            encode(&critical, &claims(), &right_key).unwrap(),
            format!("{good}.{good}"),
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            signed(&with("padding", json!("x".repeat(8 * 1024)))),
        ] {
            assert!(matches!(read(&wrong).await, Err(AuthError::Invalid)), "{wrong}");
        }
    }

    #[test]
    fn a_short_secret_is_refused_at_the_start() {
        let config = TokenConfig {
            issuer: "issuer".to_owned(),
            audience: "audience".to_owned(),
            keys: TokenKeys::Secret(SecretString::from("31 bytes are one byte too few!!")),
        };
        assert!(Tokens::new(config).is_err());
    }
}
