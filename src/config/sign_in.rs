//! Who is believed besides the bearers of API keys.

use chrono::TimeDelta;
use clap::{Args, builder::NonEmptyStringValueParser, value_parser};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::auth::{AuthConfig, ClaimNames, TokenConfig, TokenKeys};

const LEAST_SECRET_BYTES: usize = 32;

/// Which tokens of an identity provider are believed. Every token needs `iss`, `aud`, `iat`, `exp` and the claims below.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Signing in with tokens (JWT)")]
pub struct SignInSettings {
    /// Believe HS256 tokens signed with this secret of at least 32 bytes. Better given by the environment: other users
    /// of this machine can see flags.
    #[arg(
        long,
        env = "ORDERGATE_JWT_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        conflicts_with = "jwt_jwks_url",
        requires = "jwt_issuer",
        requires = "jwt_audience"
    )]
    pub jwt_secret: Option<SecretString>,

    /// Believe ES256, EdDSA and RS256 tokens signed with a key that your identity provider lists at this address.
    #[arg(
        long,
        env = "ORDERGATE_JWT_JWKS_URL",
        value_name = "URL",
        requires = "jwt_issuer",
        requires = "jwt_audience"
    )]
    pub jwt_jwks_url: Option<Url>,

    /// What the `iss` claim must be.
    #[arg(long, env = "ORDERGATE_JWT_ISSUER", value_name = "TEXT")]
    pub jwt_issuer: Option<String>,

    /// What the `aud` claim must be or contain.
    #[arg(long, env = "ORDERGATE_JWT_AUDIENCE", value_name = "TEXT")]
    pub jwt_audience: Option<String>,

    /// The claim with the tenant's id: as Ordergate shows it (`tenant_0190f3…`), or its digits alone. A name that begins
    /// with a slash is a JSON pointer: `/app_metadata/tenant`. The same goes for all other claims.
    #[arg(
        long,
        env = "ORDERGATE_JWT_CLAIM_TENANT",
        value_name = "CLAIM",
        default_value = "tid",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_claim_tenant: String,

    /// The claim with the role: ADMIN, SELLER, APPROVER, PARTNER, CUSTOMER, PROVISIONER or AUDITOR, in any case.
    #[arg(
        long,
        env = "ORDERGATE_JWT_CLAIM_ROLE",
        value_name = "CLAIM",
        default_value = "role",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_claim_role: String,

    /// The claim with the partner's id, which a PARTNER must have and an APPROVER may have.
    #[arg(
        long,
        env = "ORDERGATE_JWT_CLAIM_PARTNER",
        value_name = "CLAIM",
        default_value = "partner",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_claim_partner: String,

    /// The claim with the customer's id, which a CUSTOMER must have.
    #[arg(
        long,
        env = "ORDERGATE_JWT_CLAIM_CUSTOMER",
        value_name = "CLAIM",
        default_value = "customer",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_claim_customer: String,

    /// The claim that says who the caller is, whom orders and events show as `user:…`.
    #[arg(
        long,
        env = "ORDERGATE_JWT_CLAIM_SUBJECT",
        value_name = "CLAIM",
        default_value = "sub",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub jwt_claim_subject: String,

    /// How long a token may be good for, from `iat` to `exp`. It cannot be revoked before.
    #[arg(
        long,
        env = "ORDERGATE_JWT_LONGEST_LIFE_SECONDS",
        value_name = "SECONDS",
        default_value_t = 3_600,
        value_parser = value_parser!(u32).range(60..=2_592_000)
    )]
    pub jwt_longest_life_seconds: u32,
}

impl SignInSettings {
    /// How callers prove themselves, or what is wrong with the settings for it.
    pub fn auth_config(&self) -> anyhow::Result<AuthConfig> {
        let keys = match (&self.jwt_secret, &self.jwt_jwks_url) {
            (Some(secret), _) => {
                let bytes = secret.expose_secret().len();
                anyhow::ensure!(
                    bytes >= LEAST_SECRET_BYTES,
                    "the secret for tokens has {bytes} bytes; it needs at least {LEAST_SECRET_BYTES}"
                );
                TokenKeys::Secret(secret.clone())
            }
            (None, Some(url)) => TokenKeys::KeySet(url.clone()),
            (None, None) => {
                anyhow::ensure!(
                    self.jwt_issuer.is_none() && self.jwt_audience.is_none(),
                    "an issuer or audience of tokens is set, but not what their signatures are \
                     checked with; give --jwt-jwks-url or --jwt-secret too"
                );
                return Ok(AuthConfig::default());
            }
        };
        let issuer = self.jwt_issuer.clone().unwrap_or_default();
        let audience = self.jwt_audience.clone().unwrap_or_default();
        let claims = self.claim_names();
        let longest_life = TimeDelta::seconds(self.jwt_longest_life_seconds.into());
        let tokens = Some(TokenConfig { issuer, audience, keys, claims, longest_life });
        Ok(AuthConfig { tokens, ..AuthConfig::default() })
    }

    fn claim_names(&self) -> ClaimNames {
        ClaimNames {
            tenant: self.jwt_claim_tenant.clone(),
            role: self.jwt_claim_role.clone(),
            partner: self.jwt_claim_partner.clone(),
            customer: self.jwt_claim_customer.clone(),
            subject: self.jwt_claim_subject.clone(),
        }
    }
}
