//! API keys: `og_<prefix>_<secret>`. The prefix finds the key, the secret proves it; only a hash of the secret is kept.

use std::fmt::Write;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const MARK: &str = "og_";
const PREFIX_LENGTH: usize = 12;
const SECRET_LENGTH: usize = 43;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A new key. The text is to be shown once and never stored; prefix and hash are to be stored.
#[derive(Debug)]
pub struct ApiKeySecret {
    pub prefix: String,
    pub text: SecretString,
    /// SHA-256 of the secret part, in hexadecimal.
    pub hash: String,
}

impl ApiKeySecret {
    /// A key that nobody can guess: its secret has 256 random bits.
    pub fn generate() -> Self {
        let letters: [u8; PREFIX_LENGTH] = rand::random();
        let prefix: String =
            letters.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        let secret = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let hash = hash(&secret);
        Self { text: SecretString::from(format!("{MARK}{prefix}_{secret}")), prefix, hash }
    }
}

/// The parts of a key that a caller presented.
pub(super) struct PresentedKey {
    pub(super) prefix: String,
    secret: SecretString,
}

impl PresentedKey {
    /// Reads a key; none if the text has not the form of one.
    pub(super) fn parse(credential: &SecretString) -> Option<Self> {
        let rest = credential.expose_secret().strip_prefix(MARK)?;
        let (prefix, rest) = rest.split_at_checked(PREFIX_LENGTH)?;
        let secret = rest.strip_prefix('_')?;
        let well_formed = secret.len() == SECRET_LENGTH
            && prefix.bytes().all(|byte| ALPHABET.contains(&byte))
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        well_formed.then(|| Self { prefix: prefix.to_owned(), secret: SecretString::from(secret) })
    }

    /// Whether this key's secret has the hash. Takes the same time whatever the hash is.
    pub(super) fn matches(&self, stored_hash: &str) -> bool {
        hash(self.secret.expose_secret()).as_bytes().ct_eq(stored_hash.as_bytes()).into()
    }
}

/// Whether a credential claims to be a key.
pub(super) fn looks_like_key(credential: &SecretString) -> bool {
    credential.expose_secret().starts_with(MARK)
}

/// SHA-256 of a text, in hexadecimal.
pub(super) fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes whatever is written to it");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_key_proves_itself_and_nothing_else() {
        let key = ApiKeySecret::generate();
        let presented = PresentedKey::parse(&key.text).unwrap();
        assert_eq!(presented.prefix, key.prefix);
        assert!(presented.matches(&key.hash));
        assert!(!presented.matches(&ApiKeySecret::generate().hash));
        assert!(!presented.matches(""));
    }

    #[test]
    fn debug_output_does_not_show_the_secret() {
        let key = ApiKeySecret::generate();
        assert!(!format!("{key:?}").contains(key.text.expose_secret()));
    }

    #[test]
    fn what_has_not_the_form_of_a_key_is_none() {
        let text = ApiKeySecret::generate().text;
        let text = text.expose_secret();
        for wrong in [
            "",
            "og_",
            &text[..text.len() - 1],
            &format!("{text}A"),
            &text.replacen("og_", "xx_", 1),
            &format!("og_ABCDEFGHIJKL_{}", &text[16..]),
            "og_äääääääääää",
        ] {
            assert!(PresentedKey::parse(&SecretString::from(wrong)).is_none(), "{wrong}");
        }
    }
}
