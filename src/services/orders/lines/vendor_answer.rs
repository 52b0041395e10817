//! What a vendor's endpoint says of a line, as JSON.

use entity::activation::ActivationItem;
use serde::Deserialize;

use crate::services::validate::has_nul;

/// The most bytes that an answer may have.
pub const MOST_BYTES: usize = 64 * 1024;

/// What the vendor says. The fields are those of the mutations that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VendorAnswer {
    /// The vendor will say by a mutation what became of the line.
    Accepted,
    Ended(Outcome),
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    tag = "status",
    rename_all = "lowercase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Outcome {
    Completed {
        provisioning_reference: Option<String>,
        activation: Option<Vec<ActivationItem>>,
    },
    Failed {
        reason: String,
        provisioning_reference: Option<String>,
    },
    Held {
        reason: String,
        #[serde(default)]
        choices: Vec<String>,
    },
}

const LATER: u16 = 202;

/// Reads an answer of the two hundreds, or says what is wrong with it, for a person.
pub fn read(status: u16, body: &[u8]) -> Result<VendorAnswer, String> {
    if status == LATER || body.iter().all(u8::is_ascii_whitespace) {
        return Ok(VendorAnswer::Accepted);
    }
    let value: serde_json::Value = serde_json::from_slice(body)
        .map_err(|error| format!("The answer is not JSON: {error}."))?;
    if has_nul(&value) {
        return Err("The answer has a text with the character U+0000.".to_owned());
    }
    let outcome = Outcome::deserialize(value)
        .map_err(|error| format!("The answer cannot be taken: {error}."))?;
    Ok(VendorAnswer::Ended(outcome))
}

#[cfg(test)]
mod tests {
    use entity::ActivationKind;

    use super::*;

    fn ended(body: &str) -> Result<Outcome, String> {
        match read(200, body.as_bytes())? {
            VendorAnswer::Ended(outcome) => Ok(outcome),
            VendorAnswer::Accepted => panic!("it was accepted: {body}"),
        }
    }

    #[test]
    fn an_answer_says_what_became_of_a_line() {
        let item = |name: &str, kind, value: &str| ActivationItem {
            name: name.to_owned(),
            kind,
            value: value.to_owned(),
        };
        let completed = r#"{ "status": "completed", "provisioningReference": "T-1", "activation":
            [{ "name": "Key", "kind": "KEY", "value": "K-1" }] }"#;
        let expected = Outcome::Completed {
            provisioning_reference: Some("T-1".to_owned()),
            activation: Some(vec![item("Key", ActivationKind::Key, "K-1")]),
        };
        assert_eq!(ended(completed), Ok(expected));
        let nothing = Outcome::Completed { provisioning_reference: None, activation: None };
        assert_eq!(ended(r#"{ "status": "completed" }"#), Ok(nothing));
        let failed =
            Outcome::Failed { reason: "Sold out".to_owned(), provisioning_reference: None };
        assert_eq!(ended(r#"{ "status": "failed", "reason": "Sold out" }"#), Ok(failed));
        let choices = vec!["Yes".to_owned(), "No".to_owned()];
        let held = Outcome::Held { reason: "Go on?".to_owned(), choices };
        let body = r#"{ "status": "held", "reason": "Go on?", "choices": ["Yes", "No"] }"#;
        assert_eq!(ended(body), Ok(held));
    }

    #[test]
    fn who_says_nothing_or_202_will_say_it_later() {
        for (status, body) in [(200, ""), (204, ""), (200, " \r\n"), (202, ""), (202, "queued")] {
            assert_eq!(
                read(status, body.as_bytes()),
                Ok(VendorAnswer::Accepted),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn what_cannot_be_taken_says_why() {
        for (body, why) in [
            ("so be it", "not JSON"),
            ("{", "not JSON"),
            ("[]", "cannot be taken"),
            ("null", "cannot be taken"),
            ("{}", "status"),
            (r#"{ "status": "done" }"#, "done"),
            (r#"{ "status": "failed" }"#, "reason"),
            (r#"{ "status": "held" }"#, "reason"),
            (r#"{ "status": "failed", "reason": 1 }"#, "string"),
            (r#"{ "status": "completed", "activations": [] }"#, "activations"),
            (
                r#"{ "status": "completed", "activation": [{ "name": "a", "kind": "URL", "value": "b" }] }"#,
                "URL",
            ),
        ] {
            let wrong = ended(body).expect_err(body);
            assert!(wrong.contains(why), "{body}: {wrong}");
        }
    }
}
