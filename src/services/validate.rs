//! Checks of single fields. Each gives the value as it is to be stored, or the refusal that names the field.
//!
//! Texts are trimmed first and put into one form of Unicode, and one in which nothing can be seen is no text (APG-17).
//! What a caller looks for passes the same checks as what is stored, so that one finds the other.

use std::ops::RangeInclusive;

use domain::money;
use entity::TaxCodeId;
use iso_currency::Country;
use url::{Host, Url};

use crate::error::{Current, Refusal, RefusalCode};

const LONGEST_NAME: usize = 200;
const LONGEST_CODE: usize = 64;
const LONGEST_DESCRIPTION: usize = 4_000;
const LONGEST_NOTE: usize = 1_000;
const LONGEST_REJECTION: usize = 256;
const LONGEST_EMAIL: usize = 254;
const LONGEST_LINK: usize = 2_000;
const WHOLE_IN_BASIS_POINTS: i32 = 10_000;

/// What people call something: one line of up to 200 characters.
pub fn name(field: &str, text: String) -> Result<String, Refusal> {
    required(field, line(field, text, LONGEST_NAME)?)
}

/// A code or number by which something is known: one line of up to 64 characters, all of which can be seen.
pub fn code(field: &str, text: String) -> Result<String, Refusal> {
    required(field, plain_line(field, text, LONGEST_CODE)?)
}

/// A short text that may be absent, such as a phone number or a reference: like a code.
pub fn short_text(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    optional(text, |text| plain_line(field, text, LONGEST_CODE))
}

/// A text that may be absent, such as a street: one line of up to 200 characters.
pub fn text(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    optional(text, |text| line(field, text, LONGEST_NAME))
}

/// A purchase order number.
pub fn po_number(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    short_text(field, text)
}

/// Up to 4,000 characters in any number of lines.
pub fn description(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    optional(text, |text| no_longer_than(field, lines(field, text)?, LONGEST_DESCRIPTION))
}

/// A description that must be there.
pub fn required_description(field: &str, text: String) -> Result<String, Refusal> {
    required(field, description(field, Some(text))?.unwrap_or_default())
}

/// An address to open in a browser: up to 2,000 characters.
pub fn link(field: &str, text: String) -> Result<String, Refusal> {
    let text = required(field, plain_line(field, text, LONGEST_LINK)?)?;
    let opens = |url: Url| matches!(url.scheme(), "https" | "http") && url.has_host();
    if Url::parse(&text).is_ok_and(opens) {
        Ok(text)
    } else {
        Err(Refusal::invalid(field, "Give an address that begins with https:// or http://."))
    }
}

/// The same for one by which somebody pays: by https, but for a program on the payer's own machine, and without a name or a
/// password in it.
pub fn secure_link(field: &str, text: String) -> Result<String, Refusal> {
    let text = link(field, text)?;
    let is_secure = |url: &Url| {
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let names_nobody = url.username().is_empty() && url.password().is_none();
        names_nobody && (url.scheme() == "https" || is_local)
    };
    if Url::parse(&text).is_ok_and(|url| is_secure(&url)) {
        Ok(text)
    } else {
        Err(Refusal::invalid(field, "Give an address that begins with https://."))
    }
}

/// What one person tells another, such as a reason: up to 1,000 characters in any number of lines.
pub fn note(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    optional(text, |text| no_longer_than(field, lines(field, text)?, LONGEST_NOTE))
}

/// A note that must be there.
pub fn required_note(field: &str, text: String) -> Result<String, Refusal> {
    required(field, note(field, Some(text))?.unwrap_or_default())
}

/// Why somebody's request is turned down (APX-27): up to 256 characters in any number of lines.
pub fn rejection(field: &str, text: String) -> Result<String, Refusal> {
    required(field, no_longer_than(field, lines(field, text)?, LONGEST_REJECTION)?)
}

/// Looks like an e-mail address; whether mail arrives there, only mail can tell.
pub fn email(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    optional(text, |text| {
        let text = plain_line(field, text, LONGEST_EMAIL)?;
        let plausible = text.is_empty()
            || text.rsplit_once('@').is_some_and(|(local, host)| {
                let labels = host.split('.');
                !local.is_empty()
                    && !local.contains('@')
                    && labels.clone().count() > 1
                    && labels.clone().all(|label| !label.is_empty())
                    && !text.contains(char::is_whitespace)
            });
        if plausible {
            Ok(text)
        } else {
            Err(Refusal::invalid(field, "Give an e-mail address such as ada@example.com."))
        }
    })
}

/// An ISO 3166-1 alpha-2 code; stored in upper case.
pub fn country(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    optional(text, |text| {
        let code = spelling::stored(text).to_ascii_uppercase();
        if code.is_empty() || code.parse::<Country>().is_ok() {
            Ok(code)
        } else {
            Err(Refusal::invalid(field, "Give a country as its ISO 3166-1 code of two letters."))
        }
    })
}

/// An ISO 4217 code; stored in upper case.
pub fn currency(field: &str, text: String) -> Result<String, Refusal> {
    let code = required(field, spelling::stored(text).to_ascii_uppercase())?;
    match money::decimals(&code) {
        Ok(_) => Ok(code),
        Err(_) => {
            Err(Refusal::invalid(field, "Give a currency as its ISO 4217 code of three letters."))
        }
    }
}

/// The price of one unit, in minor units.
pub fn unit_amount(field: &str, amount: i64) -> Result<i64, Refusal> {
    if amount >= 0 {
        Ok(amount)
    } else {
        Err(Refusal::invalid(field, "A price is not below zero."))
    }
}

/// A tax rate: 2500 is 25 %.
pub fn tax_basis_points(field: &str, rate: i32) -> Result<i32, Refusal> {
    between(field, rate, 0..=WHOLE_IN_BASIS_POINTS)
}

/// A tax rate, where no tax code stands in its place: exactly one of them is to be given.
pub fn rate_or_code(
    field: &str,
    rate: Option<i32>,
    code: Option<TaxCodeId>,
) -> Result<Option<i32>, Refusal> {
    match (rate, code) {
        (Some(rate), None) => tax_basis_points(field, rate).map(Some),
        (None, Some(_)) => Ok(None),
        (None, None) => Err(Refusal::invalid(field, "Give a rate or a tax code.")),
        (Some(_), Some(_)) => {
            Err(Refusal::invalid(field, "The tax code says the rate: leave this field out."))
        }
    }
}

pub fn between(field: &str, number: i32, range: RangeInclusive<i32>) -> Result<i32, Refusal> {
    if range.contains(&number) {
        Ok(number)
    } else {
        let (low, high) = range.into_inner();
        Err(Refusal::invalid(field, format!("Give a number from {low} to {high}.")))
    }
}

/// Takes any value of a closed set.
pub fn any<T>(_: &str, value: T) -> Result<T, Refusal> {
    Ok(value)
}

/// The version that the caller has seen is the one that is stored. A refusal says where the thing is now.
pub fn version(expected: Option<i64>, stored: impl Into<Current>) -> Result<(), Refusal> {
    let current = stored.into();
    match expected {
        Some(expected) if expected != current.version => Err(Refusal {
            code: RefusalCode::VersionConflict,
            message: format!(
                "This was changed meanwhile: its version is {}, not {expected}. Read it afresh and decide again.",
                current.version,
            ),
            field: vec!["expectedVersion".to_owned()],
            current: Some(current),
        }),
        Some(_) | None => Ok(()),
    }
}

impl From<i64> for Current {
    fn from(version: i64) -> Self {
        Self { status: None, version }
    }
}

fn required(field: &str, text: String) -> Result<String, Refusal> {
    if is_blank(&text) {
        Err(Refusal::invalid(field, "This field cannot be blank."))
    } else {
        Ok(text)
    }
}

fn optional(
    text: Option<String>,
    check: impl FnOnce(String) -> Result<String, Refusal>,
) -> Result<Option<String>, Refusal> {
    Ok(text.map(check).transpose()?.filter(|text| !is_blank(text)))
}

fn is_blank(text: &str) -> bool {
    !text.chars().any(spelling::is_visible)
}

/// A line of which every character can be seen: two that look alike are alike.
fn plain_line(field: &str, text: String, longest: usize) -> Result<String, Refusal> {
    let text = line(field, text, longest)?;
    match text.chars().find(|character| spelling::is_format(*character)) {
        None => Ok(text),
        Some(hidden) => {
            let message =
                format!("This field cannot hold U+{:04X}, which is not shown.", u32::from(hidden));
            Err(Refusal::invalid(field, message))
        }
    }
}

fn line(field: &str, text: String, longest: usize) -> Result<String, Refusal> {
    let text = spelling::stored(text);
    if text.chars().any(|char| char.is_control() || matches!(char, '\u{2028}' | '\u{2029}')) {
        return Err(unprintable(field));
    }
    no_longer_than(field, text, longest)
}

fn lines(field: &str, text: String) -> Result<String, Refusal> {
    let text = spelling::stored(text);
    if text.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t')) {
        return Err(unprintable(field));
    }
    Ok(text)
}

fn no_longer_than(field: &str, text: String, longest: usize) -> Result<String, Refusal> {
    if text.chars().count() > longest {
        Err(Refusal::invalid(field, format!("This field holds up to {longest} characters.")))
    } else {
        Ok(text)
    }
}

fn unprintable(field: &str) -> Refusal {
    Refusal::invalid(field, "This field holds printable characters only.")
}

/// Whether a text in some JSON has U+0000. PostgreSQL cannot hold it, so nothing that comes from outside may have it.
pub fn has_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(fields) => fields.values().any(has_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "it writes an optional text shortly")]
    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn texts_are_trimmed_and_blank_is_absent() {
        assert_eq!(name("name", "  Ada \t".to_owned()).unwrap(), "Ada");
        assert_eq!(po_number("poNumber", some(" \u{a0} ")).unwrap(), None);
        assert_eq!(name("name", "   ".to_owned()).unwrap_err().field, ["name"]);
    }

    #[test]
    fn a_text_in_which_nothing_can_be_seen_is_blank() {
        for blank in ["\u{200b}\u{2060}", "\u{feff}", "\u{3164}", "\u{2800}", "\u{202e} \u{202c}"] {
            assert!(name("name", blank.to_owned()).is_err(), "{blank:?}");
            assert_eq!(text("street", some(blank)), Ok(None), "{blank:?}");
            assert!(required_note("reason", blank.to_owned()).is_err(), "{blank:?}");
        }
        // Some scripts and pictures need them inside a name.
        for seen in ["می\u{200c}خواهم", "\u{1f469}\u{200d}\u{1f4bb}", "."] {
            assert_eq!(name("name", seen.to_owned()).as_deref(), Ok(seen));
        }
    }

    #[test]
    fn a_code_has_one_spelling_and_nothing_hidden_in_it() {
        assert_eq!(code("code", "Cafe\u{301}-22".to_owned()).as_deref(), Ok("Caf\u{e9}-22"));
        assert_eq!(name("name", "Cafe\u{301}".to_owned()).as_deref(), Ok("Caf\u{e9}"));
        for hidden in
            ["ACME\u{200b}-22", "\u{202e}ACME-22", "AC\u{ad}ME", "\u{feff}ACME", "A\u{2028}B"]
        {
            let refusal = code("code", hidden.to_owned()).unwrap_err();
            assert_eq!(refusal.field, ["code"], "{hidden:?}");
            assert!(po_number("poNumber", some(hidden)).is_err(), "{hidden:?}");
            assert!(email("email", some(&format!("{hidden}@example.com"))).is_err(), "{hidden:?}");
        }
        let refusal = code("code", "ACME\u{200b}".to_owned()).unwrap_err();
        assert_eq!(refusal.message, "This field cannot hold U+200B, which is not shown.");
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!(name("name", "å".repeat(200)).is_ok());
        assert!(name("name", "å".repeat(201)).is_err());
        assert!(code("code", "x".repeat(65)).is_err());
        assert!(code("code", "e\u{301}".repeat(64)).is_ok());
        assert!(description("description", some(&"x".repeat(4_001))).is_err());
        assert!(rejection("reason", "å".repeat(256)).is_ok());
        assert!(rejection("reason", "å".repeat(257)).is_err());
        assert!(rejection("reason", " ".to_owned()).is_err());
    }

    #[test]
    fn only_a_description_may_have_several_lines() {
        assert_eq!(description("description", some("one\ntwo")).unwrap(), some("one\ntwo"));
        assert!(name("name", "one\ntwo".to_owned()).is_err());
        assert!(description("description", some("a\0b")).is_err());
    }

    #[test]
    fn an_email_address_has_a_local_part_and_a_host_with_a_dot() {
        for right in ["ada@example.com", "a.b+c@mail.example.co.uk"] {
            assert_eq!(email("email", some(right)).unwrap(), some(right));
        }
        for wrong in ["ada", "@example.com", "ada@", "ada@host", "a@b@c.d", "a da@b.c", "a@b..c"] {
            assert!(email("email", some(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(email("email", some(" ")).unwrap(), None);
    }

    #[test]
    fn a_link_is_opened_by_browsers() {
        for right in ["https://vendor.example/a?b=c#d", "http://localhost:8080"] {
            assert_eq!(link("value", format!(" {right} ")).as_deref(), Ok(right));
        }
        let long = format!("https://vendor.example/{}", "x".repeat(2_000));
        for wrong in
            ["", "vendor.example", "javascript:alert(1)", "mailto:a@b.example", "https://", &long]
        {
            assert_eq!(link("value", wrong.to_owned()).unwrap_err().field, ["value"], "{wrong}");
        }
    }

    #[test]
    fn who_pays_is_sent_to_a_page_that_nobody_reads_along() {
        for right in [
            "https://pay.example/checkout?lang=da#top",
            "http://localhost:8080/pay",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/pay",
        ] {
            assert_eq!(secure_link("url", right.to_owned()).as_deref(), Ok(right));
        }
        for wrong in [
            "",
            "pay.example",
            "javascript:alert(1)",
            "http://pay.example",
            "http://10.0.0.1",
            "http://localhost.evil.example",
            "https://pay@evil.example",
            "https://a:b@pay.example",
        ] {
            let refusal = secure_link("url", wrong.to_owned()).unwrap_err();
            assert_eq!(refusal.field, ["url"], "{wrong}");
        }
    }

    #[test]
    fn countries_and_currencies_are_those_of_the_standards() {
        assert_eq!(country("country", some("dk")).unwrap(), some("DK"));
        assert!(country("country", some("ZZ")).is_err());
        assert_eq!(currency("currency", "eur".to_owned()).unwrap(), "EUR");
        assert!(currency("currency", "EURO".to_owned()).is_err());
        assert!(currency("currency", String::new()).is_err());
    }

    #[test]
    fn numbers_keep_to_their_limits() {
        assert!(unit_amount("unitAmount", i64::MAX).is_ok());
        assert!(unit_amount("unitAmount", -1).is_err());
        assert!(tax_basis_points("taxBasisPoints", 10_000).is_ok());
        assert!(tax_basis_points("taxBasisPoints", 10_001).is_err());
    }

    #[test]
    fn another_version_than_expected_is_a_conflict_that_tells_the_stored_one() {
        assert_eq!(version(None, 3_i64), Ok(()));
        assert_eq!(version(Some(3), 3_i64), Ok(()));
        let refusal = version(Some(2), 3_i64).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::VersionConflict);
        assert_eq!(refusal.current, Some(Current { status: None, version: 3 }));
    }
}
