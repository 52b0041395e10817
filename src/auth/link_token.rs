//! The tokens of links that are followed without a credential. Whoever has one has what the link gives, so only a hash of
//! it is kept.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use super::api_key::hash;

const LENGTH: usize = 43;

/// A new token. The text is to be shown once and never stored; the hash is to be stored.
#[derive(Debug)]
pub struct LinkToken {
    pub text: SecretString,
    /// SHA-256 of the text, in hexadecimal.
    pub hash: String,
}

impl LinkToken {
    /// A token that nobody can guess: it has 256 random bits.
    pub fn generate() -> Self {
        let text = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        Self { hash: hash(&text), text: SecretString::from(text) }
    }

    /// The hash by which a token that somebody presents is found; none: it has not the form of one.
    pub fn hash_of(presented: &SecretString) -> Option<String> {
        let text = presented.expose_secret();
        let well_formed = text.len() == LENGTH
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        well_formed.then(|| hash(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_hash_and_another_is_not() {
        let token = LinkToken::generate();
        assert_eq!(LinkToken::hash_of(&token.text).unwrap(), token.hash);
        assert_ne!(LinkToken::generate().hash, token.hash);
        assert!(!format!("{token:?}").contains(token.text.expose_secret()));
    }

    #[test]
    fn what_has_not_the_form_of_a_token_is_none() {
        let text = LinkToken::generate().text;
        let text = text.expose_secret();
        for wrong in ["", &text[1..], &format!("{text}A"), &format!("{}é", &text[2..])] {
            assert!(LinkToken::hash_of(&SecretString::from(wrong)).is_none(), "{wrong}");
        }
    }
}
