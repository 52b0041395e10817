//! Who is believed besides the bearers of API keys.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::auth::{AuthConfig, TokenConfig, TokenKeys};

const LEAST_SECRET_BYTES: usize = 32;

/// Which tokens of an identity provider are believed.
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

    /// Believe ES256, EdDSA and RS256 tokens signed with a key that your identity provider lists here.
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
        let tokens = Some(TokenConfig { issuer, audience, keys });
        Ok(AuthConfig { tokens, ..AuthConfig::default() })
    }
}
