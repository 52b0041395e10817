//! Why the program ends early: one line for the person who started it, and an exit code for a script.

use std::{io::ErrorKind, process::ExitCode};

use crate::error::{Error, Refusal};

/// Ends the program. Shown as one line; no cause in it may hold a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// Empty: there is nobody to tell.
    message: String,
    code: u8,
}

/// Something that was tried did not work.
const FAILED: u8 = 1;
/// A flag, an argument or a setting cannot be right. The same code as for an unknown flag.
const USAGE: u8 = 2;
/// The database lacks migrations.
const PENDING_MIGRATIONS: u8 = 3;

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: FAILED }
    }

    #[expect(clippy::needless_pass_by_value, reason = "written as map_err(Failure::usage)")]
    pub(super) fn usage(error: anyhow::Error) -> Self {
        Self { message: told(&error), code: USAGE }
    }

    pub(super) fn pending_migrations(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: PENDING_MIGRATIONS }
    }

    /// Tells the person why.
    pub(super) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            // A cause may come with line breaks of its own.
            let line = self.message.split_whitespace().collect::<Vec<_>>().join(" ");
            eprintln!("ordergate: {line}");
        }
        ExitCode::from(self.code)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(told(&error))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe {
            // Whoever read our output has seen enough.
            Self::new("")
        } else {
            Self::new(error.to_string())
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusals) => {
                let reasons: Vec<_> = refusals.iter().map(reason).collect();
                Self::new(reasons.join(" "))
            }
            Error::Failed(cause) => cause.into(),
        }
    }
}

/// The error and its causes, but for those that only repeat what was said.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// What was refused, by the name that it has on the command line.
fn reason(refusal: &Refusal) -> String {
    let flag = match refusal.field.first().map(String::as_str) {
        None => return refusal.message.clone(),
        Some("partnerId") => "--partner",
        Some("customerId") => "--customer",
        Some("defaultCurrency") => "--currency",
        Some("approvalLapseDays") => "--approval-lapse-days",
        Some("paymentTermsDays") => "--payment-terms-days",
        Some("timeZone") => "--time-zone",
        Some("expiresAt") => "--expires-in-days",
        Some("name") => "--name",
        Some(field) => field,
    };
    format!("{flag}: {}", refusal.message)
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_that_repeats_what_was_said_is_left_out() {
        let error = anyhow!("no file").context("cannot open: no file").context("cannot start");
        assert_eq!(told(&error), "cannot start: cannot open: no file");
    }

    #[test]
    fn a_refusal_names_the_flag() {
        let refusal = Refusal::invalid("partnerId", "This is needed.");
        assert_eq!(reason(&refusal), "--partner: This is needed.");
    }
}
