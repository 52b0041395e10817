//! JWTs: who signed it, for whom, for how long, and for which tenant and role.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ActorKind, CustomerId, PartnerId, TenantId};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use secrecy::{ExposeSecret, SecretString};
use tracing::info;
use url::Url;

use super::{
    AuthError,
    claims::{ClaimNames, Claims},
    key_set::KeySet,
    scope::Grant,
};

const MOST_BYTES: usize = 8 * 1024;
const LEAST_SECRET_BYTES: usize = 32;
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// In characters; `OpenID` Connect has no longer ones.
const LONGEST_SUBJECT: usize = 255;

/// Which JWTs are believed.
#[derive(Clone, Debug)]
pub struct TokenConfig {
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must be or contain.
    pub audience: String,
    pub keys: TokenKeys,
    /// Where a token says who calls.
    pub claims: ClaimNames,
    /// How long after its `iat` a token may still be good.
    pub longest_life: TimeDelta,
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
    claims: ClaimNames,
    longest_life: TimeDelta,
}

enum Keys {
    Secret(DecodingKey),
    Set(KeySet),
}

/// Why a token is not good enough.
enum Fault {
    /// What is wrong with it, for the log: to the caller, one wrong token is as good as another. Tells nothing of a token
    /// whose signature was not proven.
    Wrong(String),
    /// Told to the caller as it is.
    Other(AuthError),
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Self::Wrong(reason)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Self::Wrong(reason.to_owned())
    }
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
        let TokenConfig { issuer, audience, claims, longest_life, .. } = config;
        Ok(Self { issuer, audience, keys, claims, longest_life })
    }

    /// What a token says, if it is to be believed now. Why it is not is for the log.
    pub(super) async fn read(
        &self,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<Grant, AuthError> {
        match self.examine(token.expose_secret(), now).await {
            Ok(grant) => Ok(grant),
            Err(Fault::Wrong(reason)) => {
                info!("refused a token: {reason}");
                Err(AuthError::Invalid)
            }
            Err(Fault::Other(error)) => Err(error),
        }
    }

    async fn examine(&self, token: &str, now: DateTime<Utc>) -> Result<Grant, Fault> {
        if token.len() > MOST_BYTES {
            return Err(format!("it has more than {MOST_BYTES} bytes").into());
        }
        let header = decode_header(token).map_err(|_| "it is no JWT that can be read")?;
        if header.crit.is_some() {
            return Err(
                "its header has `crit`: something that must be understood, and is not".into()
            );
        }
        let claims = match &self.keys {
            Keys::Secret(key) => self.verify(token, key, Algorithm::HS256)?,
            Keys::Set(set) => match set.find(header.kid.as_deref()).await {
                Ok(key) => self.verify(token, &key.key, key.algorithm)?,
                Err(AuthError::Invalid) => {
                    return Err("its `kid` names none of the identity provider's keys".into());
                }
                Err(error) => return Err(Fault::Other(error)),
            },
        };
        self.grant(&claims, now)
    }

    /// Checks signature, issuer and audience. The algorithm is the key's; what the token says about it must agree.
    fn verify(
        &self,
        token: &str,
        key: &DecodingKey,
        algorithm: Algorithm,
    ) -> Result<Claims, Fault> {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        // Times are held against the service's own clock.
        validation.validate_exp = false;
        let token =
            decode(token, key, &validation).map_err(|error| self.reason(&error, algorithm))?;
        Ok(token.claims)
    }

    /// What the library found, in words that say what would be right.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most kinds are about keys or encryption")]
    fn reason(&self, error: &jsonwebtoken::errors::Error, algorithm: Algorithm) -> String {
        use jsonwebtoken::errors::ErrorKind;
        match error.kind() {
            ErrorKind::InvalidAlgorithm => format!("its `alg` is not {algorithm:?}"),
            ErrorKind::InvalidSignature => "its signature was made with another key".to_owned(),
            ErrorKind::InvalidIssuer => format!("its `iss` is not \"{}\"", self.issuer),
            ErrorKind::InvalidAudience => {
                format!("its `aud` is not and does not contain \"{}\"", self.audience)
            }
            ErrorKind::MissingRequiredClaim(name) => format!("it has no `{name}`"),
            // The only part that is read as JSON after the signature was proven.
            ErrorKind::Json(error) => format!("its claims cannot be read: {error}"),
            _ => format!("it is no JWT that can be read ({error})"),
        }
    }

    fn grant(&self, claims: &Claims, now: DateTime<Utc>) -> Result<Grant, Fault> {
        let missing = |name: &str| Fault::Wrong(format!("it has no `{name}`"));
        let issued_at = claims.time("iat")?.ok_or_else(|| missing("iat"))?;
        let expires_at = claims.time("exp")?.ok_or_else(|| missing("exp"))?;
        let valid_from = claims.time("nbf")?.unwrap_or(issued_at);
        for (name, time) in [("iat", issued_at), ("nbf", valid_from)] {
            if time > now + LEEWAY {
                return Err(format!("its `{name}`, {time}, is in the future").into());
            }
        }
        if expires_at <= issued_at {
            return Err("its `exp` is not after its `iat`".into());
        }
        let life = expires_at - issued_at;
        if life > self.longest_life {
            return Err(format!(
                "it is good for {} s from `iat` to `exp`, and may be for {} s (--jwt-longest-life-seconds)",
                life.num_seconds(),
                self.longest_life.num_seconds()
            )
            .into());
        }
        if expires_at + LEEWAY <= now {
            return Err(Fault::Other(AuthError::Expired));
        }
        // The library takes a list of issuers too.
        claims.text("iss")?;
        let names = &self.claims;
        let subject = claims.text(&names.subject)?.ok_or_else(|| missing(&names.subject))?;
        let fits = (1..=LONGEST_SUBJECT).contains(&subject.chars().count());
        if !fits || subject.contains(char::is_control) {
            return Err(format!(
                "its `{}` has not 1 to {LONGEST_SUBJECT} printable characters",
                names.subject
            )
            .into());
        }
        Ok(Grant {
            tenant_id: claims
                .id::<TenantId>(&names.tenant, "tenant")?
                .ok_or_else(|| missing(&names.tenant))?,
            role: claims.role(&names.role)?.ok_or_else(|| missing(&names.role))?,
            partner_id: claims.id::<PartnerId>(&names.partner, "partner")?,
            customer_id: claims.id::<CustomerId>(&names.customer, "customer")?,
            subject: format!("user:{subject}"),
            kind: ActorKind::User,
            expires_at: Some(expires_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use entity::Role;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const SECRET: &str = "a secret of more than thirty-two bytes";

    fn config() -> TokenConfig {
        TokenConfig {
            issuer: "https://issuer.example".to_owned(),
            audience: "ordergate".to_owned(),
            keys: TokenKeys::Secret(SecretString::from(SECRET)),
            claims: ClaimNames::default(),
            longest_life: TimeDelta::hours(1),
        }
    }

    fn tokens() -> Tokens {
        Tokens::new(config()).unwrap()
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
            ("sub", json!("ada\0")),
            ("sub", json!("ada\nlovelace")),
            ("tid", json!("tenant")),
            ("role", json!("ROOT")),
            ("partner", json!("nobody")),
            ("exp", json!("1800000600")),
            ("exp", json!(1e300)),
            ("exp", json!(-1)),
            ("exp", json!(i64::MAX)),
            ("exp", json!(u64::MAX)),
            ("exp", json!(null)),
            ("exp", json!(1_800_003_600)),
            ("iat", json!("1799999990")),
            ("iat", json!(1_800_000_601)),
            ("nbf", json!("1799999990")),
            ("sub", json!("a\0b")),
            ("sub", json!(7)),
            ("role", json!(["SELLER"])),
            ("tid", json!("partner_0198c0de000070008000000000000001")),
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
        let keys = TokenKeys::Secret(SecretString::from("31 bytes are one byte too few!!"));
        assert!(Tokens::new(TokenConfig { keys, ..config() }).is_err());
    }

    #[tokio::test]
    async fn ids_may_be_written_as_the_program_shows_them_and_roles_in_any_case() {
        for (name, value) in [
            ("tid", "tenant_0198c0de000070008000000000000001"),
            ("tid", "0198c0de000070008000000000000001"),
            ("role", "seller"),
            ("role", "Seller"),
        ] {
            let grant = read(&signed(&with(name, json!(value)))).await.unwrap();
            let tenant = TenantId(Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001));
            assert_eq!((grant.tenant_id, grant.role), (tenant, Role::Seller), "{name} = {value}");
        }
        let partner = with("partner", json!("partner_0198c0de000070008000000000000002"));
        let id = PartnerId(Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0002));
        assert_eq!(read(&signed(&partner)).await.unwrap().partner_id, Some(id));
    }

    /// RFC 7519 lets times have a fraction, and some libraries write one.
    #[tokio::test]
    async fn a_time_may_have_a_fraction() {
        let mut claims = claims();
        claims["iat"] = json!(1_799_999_990.25);
        claims["exp"] = json!(1_800_000_600.75);
        let grant = read(&signed(&claims)).await.unwrap();
        assert_eq!(grant.expires_at, DateTime::from_timestamp(1_800_000_600, 0));
    }

    #[tokio::test]
    async fn claims_are_where_the_settings_say() {
        let claims = json!({
            "iss": "https://issuer.example",
            "aud": "ordergate",
            "iat": 1_799_999_990,
            "exp": 1_800_000_600,
            "email": "ada@shop.example",
            "https://shop.example/tenant": "tenant_0198c0de000070008000000000000001",
            "app": { "role": "partner", "partner": "0198c0de-0000-7000-8000-000000000002" },
        });
        let names = ClaimNames {
            tenant: "https://shop.example/tenant".to_owned(),
            role: "/app/role".to_owned(),
            partner: "/app/partner".to_owned(),
            customer: "/app/customer".to_owned(),
            subject: "email".to_owned(),
        };
        let tokens = Tokens::new(TokenConfig { claims: names, ..config() }).unwrap();
        let grant = tokens.read(&SecretString::from(signed(&claims)), now()).await.unwrap();
        assert_eq!((grant.subject.as_str(), grant.role), ("user:ada@shop.example", Role::Partner));
        assert!(grant.partner_id.is_some() && grant.customer_id.is_none());
    }

    #[tokio::test]
    async fn the_longest_life_is_a_setting() {
        let long = SecretString::from(signed(&with("exp", json!(1_800_086_390))));
        assert!(matches!(tokens().read(&long, now()).await, Err(AuthError::Invalid)));
        let longest_life = TimeDelta::days(1);
        let patient = Tokens::new(TokenConfig { longest_life, ..config() }).unwrap();
        assert!(patient.read(&long, now()).await.is_ok());
    }

    /// What goes to the log. The caller learns nothing of it, and the log nothing of the token but what is wrong.
    #[tokio::test]
    async fn each_fault_has_a_reason_that_says_what_would_be_right() {
        for (token, expected) in [
            ("nonsense".to_owned(), "no JWT"),
            (signed(&with("iss", json!("https://other.example"))), "https://issuer.example"),
            (signed(&with("aud", json!("other"))), "\"ordergate\""),
            (signed(&without("iat")), "has no `iat`"),
            (signed(&without("tid")), "has no `tid`"),
            (signed(&with("tid", json!("acme"))), "tenant_"),
            (signed(&with("role", json!("root"))), "ADMIN"),
            (signed(&with("exp", json!(1_800_086_390))), "--jwt-longest-life-seconds"),
            (signed(&with("nbf", json!(1_800_000_100))), "in the future"),
            (format!("{}x", signed(&claims())), "another key"),
        ] {
            match tokens().examine(&token, now()).await {
                Err(Fault::Wrong(reason)) => {
                    assert!(reason.contains(expected), "{reason}, not {expected}");
                    assert!(!reason.contains(&token), "{reason}");
                }
                Err(Fault::Other(error)) => panic!("{error:?} instead of {expected}"),
                Ok(_) => panic!("{token} is taken"),
            }
        }
    }
}
