//! Secrets and signatures as Standard Webhooks has them.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use entity::webhook_endpoint::{Secret, Secrets};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const MARK: &str = "whsec_";
/// What a signature begins with that is an HMAC.
const VERSION: &str = "v1,";
/// How long a secret goes on signing after another has taken its place.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// How many secrets sign at the same time, at most: each makes every message longer.
const MOST: usize = 3;

/// A secret that nobody can guess: 256 random bits.
pub(crate) fn generate() -> SecretString {
    SecretString::from(format!("{MARK}{}", BASE64_STANDARD.encode(rand::random::<[u8; 32]>())))
}

/// The secrets once a new one has come: the newest signs for good, those before it for a day more.
pub(crate) fn rotated(secrets: Secrets, new: &SecretString, now: DateTime<Utc>) -> Secrets {
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
    let signatures = good_at(secrets, now).map(|secret| {
        let mac = mac(secret, id, now.timestamp(), body)?;
        Ok(format!("{VERSION}{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
    });
    Ok(signatures.collect::<anyhow::Result<Vec<_>>>()?.join(" "))
}

/// A message that somebody else says to have signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// What the message is called.
    pub id: &'a str,
    /// When it was signed, as `webhook-timestamp` has it.
    pub timestamp: &'a str,
    /// As `webhook-signature` has them.
    pub signatures: &'a str,
    pub body: &'a [u8],
}

/// Whether one of the secrets that are good now has signed the message, no longer ago or ahead than it is good for.
pub(crate) fn is_signed(
    secrets: &Secrets,
    now: DateTime<Utc>,
    good_for: TimeDelta,
    message: Signed<'_>,
) -> bool {
    let Signed { id, timestamp, signatures, body } = message;
    let Ok(seconds) = timestamp.parse::<i64>() else { return false };
    let Some(signed_at) = DateTime::from_timestamp_secs(seconds) else { return false };
    if timestamp != seconds.to_string() || (now - signed_at).abs() > good_for {
        return false;
    }
    let presented = signatures.split(' ').filter_map(|text| text.strip_prefix(VERSION));
    let presented = presented.filter_map(|text| BASE64_STANDARD.decode(text).ok());
    let presented: Vec<_> = presented.take(MOST).collect();
    good_at(secrets, now).any(|secret| {
        let Ok(mac) = mac(secret, id, seconds, body) else { return false };
        // Takes as long whatever of it is right.
        presented.iter().any(|text| mac.clone().verify_slice(text).is_ok())
    })
}

fn good_at(secrets: &Secrets, now: DateTime<Utc>) -> impl Iterator<Item = &Secret> {
    secrets.0.iter().filter(move |secret| secret.until.is_none_or(|until| until > now))
}

/// What a secret makes of a message.
fn mac(secret: &Secret, id: &str, seconds: i64, body: &[u8]) -> anyhow::Result<Hmac<Sha256>> {
    let key = BASE64_STANDARD.decode(secret.key.trim_start_matches(MARK))?;
    let mac = Hmac::<Sha256>::new_from_slice(&key);
    let mut mac = mac.map_err(|error| anyhow::anyhow!("a secret is no key: {error}"))?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Ok(mac)
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
    fn what_the_official_library_has_signed_is_taken_and_nothing_else() {
        const BODY: &[u8] = br#"{"outcome":"APPROVED"}"#;
        let (now, good_for) = (at(1_000_000), TimeDelta::minutes(5));
        let secret = generate();
        let library = Webhook::new(secret.expose_secret()).unwrap();
        let secrets = only(secret.expose_secret());
        let signature = library.sign("msg_1", 1_000_000, BODY).unwrap();
        let right =
            Signed { id: "msg_1", timestamp: "1000000", signatures: &signature, body: BODY };
        assert!(is_signed(&secrets, now, good_for, right));
        let among_others = format!("v1a,AAAA v1,AAAA {signature}");
        assert!(is_signed(&secrets, now, good_for, Signed { signatures: &among_others, ..right }));

        let truncated = &signature[..signature.len() - 5];
        let padded = format!("{signature}AAAA");
        for wrong in [
            Signed { id: "msg_2", ..right },
            Signed { id: "", ..right },
            Signed { timestamp: "1000001", ..right },
            Signed { timestamp: "+1000000", ..right },
            Signed { timestamp: "01000000", ..right },
            Signed { timestamp: "99999999999999999999", ..right },
            Signed { timestamp: "9223372036854775807", ..right },
            Signed { timestamp: "", ..right },
            Signed { signatures: "", ..right },
            Signed { signatures: "v1,", ..right },
            Signed { signatures: truncated, ..right },
            Signed { signatures: &padded, ..right },
            Signed { signatures: &signature[3..], ..right },
            Signed { body: br#"{"outcome":"REJECTED"}"#, ..right },
            Signed { body: b"", ..right },
        ] {
            assert!(!is_signed(&secrets, now, good_for, wrong), "{wrong:?}");
        }
        assert!(!is_signed(&only(generate().expose_secret()), now, good_for, right));
        assert!(!is_signed(&Secrets::default(), now, good_for, right));
        for (seconds, taken) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let then = at(1_000_000 + seconds);
            assert_eq!(is_signed(&secrets, then, good_for, right), taken, "{seconds}");
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
