//! Secrets and signatures as Standard Webhooks has them.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use entity::webhook_endpoint::{Secret, Secrets};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const MARK: &str = "whsec_";
/// How long a secret goes on signing after another has taken its place.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// How many secrets sign at the same time, at most: each makes every message longer.
const MOST: usize = 3;

/// A secret that nobody can guess: 256 random bits.
pub(super) fn generate() -> SecretString {
    SecretString::from(format!("{MARK}{}", BASE64_STANDARD.encode(rand::random::<[u8; 32]>())))
}

/// The secrets once a new one has come: the newest signs for good, those before it for a day more.
pub(super) fn rotated(secrets: Secrets, new: &SecretString, now: DateTime<Utc>) -> Secrets {
    let until = now + OVERLAP;
    let new = Secret { key: new.expose_secret().to_owned(), until: None };
    let earlier = secrets.0.into_iter().map(|secret| Secret {
        until: Some(secret.until.map_or(until, |earlier| earlier.min(until))),
        ..secret
    });
    let signs_on = |secret: &Secret| secret.until.is_none_or(|until| until > now);
    Secrets([new].into_iter().chain(earlier).filter(signs_on).take(MOST).collect())
}

/// The value of `webhook-signature`: one signature for each secret that signs now.
pub fn sign(
    secrets: &Secrets,
    now: DateTime<Utc>,
    id: &str,
    body: &[u8],
) -> anyhow::Result<String> {
    let signing = secrets.0.iter().filter(|secret| secret.until.is_none_or(|until| until > now));
    let signatures = signing.map(|secret| {
        let key = BASE64_STANDARD.decode(secret.key.trim_start_matches(MARK))?;
        let mac = Hmac::<Sha256>::new_from_slice(&key);
        let mut mac = mac.map_err(|error| anyhow::anyhow!("a secret is no key: {error}"))?;
        mac.update(format!("{id}.{}.", now.timestamp()).as_bytes());
        mac.update(body);
        Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    });
    Ok(signatures.collect::<anyhow::Result<Vec<_>>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use standardwebhooks::Webhook;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_secs(seconds).unwrap()
    }

    fn only(key: &str) -> Secrets {
        Secrets(vec![Secret { key: key.to_owned(), until: None }])
    }

    #[test]
    fn a_message_is_signed_as_the_specification_s_example_is() {
        let body = br#"{"event_type":"ping","data":{"success":true}}"#;
        let secrets = only("whsec_plJ3nmyCDGBKInavdOK15jsl");
        let signature = sign(&secrets, at(1_731_705_121), "msg_loFOjxBNrRLzqYUf", body).unwrap();
        assert_eq!(signature, "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
    }

    #[test]
    fn a_generated_secret_signs_as_the_official_library_does() {
        for number in 0..50_i64 {
            let secret = generate();
            let secret = secret.expose_secret();
            let (id, body) = (
                format!("event_{number}"),
                format!("{{\"number\":{number},\"text\":\"\u{20ac}\"}}"),
            );
            let ours = sign(&only(secret), at(number * 1_000_003), &id, body.as_bytes()).unwrap();
            let library = Webhook::new(secret).unwrap();
            assert_eq!(ours, library.sign(&id, number * 1_000_003, body.as_bytes()).unwrap());
        }
    }

    #[test]
    fn a_secret_that_was_replaced_signs_for_a_day_more() {
        let rotation = at(1_000_000);
        let secrets = rotated(only("whsec_b2xk"), &SecretString::from("whsec_bmV3"), rotation);
        let signatures = |now| {
            let signed = sign(&secrets, now, "event_1", b"{}").unwrap();
            signed.split(' ').map(str::to_owned).collect::<Vec<_>>()
        };
        let signed_by = |secret: &str, now| sign(&only(secret), now, "event_1", b"{}").unwrap();
        for now in [rotation, rotation + OVERLAP - TimeDelta::seconds(1)] {
            let both = [signed_by("whsec_bmV3", now), signed_by("whsec_b2xk", now)];
            assert_eq!(signatures(now), both);
        }
        let later = rotation + OVERLAP;
        assert_eq!(signatures(later), [signed_by("whsec_bmV3", later)]);
    }

    #[test]
    fn rotating_again_and_again_keeps_few_secrets_and_lengthens_no_life() {
        let mut secrets = only("whsec_MA==");
        for minute in 1..=9 {
            secrets = rotated(secrets, &generate(), at(minute * 60));
        }
        assert_eq!(secrets.0.len(), MOST);
        let until: Vec<_> = secrets.0.iter().map(|secret| secret.until).collect();
        assert_eq!(until, [None, Some(at(9 * 60) + OVERLAP), Some(at(8 * 60) + OVERLAP)]);
    }
}
