//! What a recipient must be like.

use domain::mail::may_go_to;
use entity::{MailAudience, MailKind, mail_recipient::MailKinds};

use crate::{
    error::{Refusal, Refusals},
    mail::is_address,
    services::validate,
};

/// An address that mail can be sent to.
pub(super) fn address(field: &str, text: Option<String>) -> Result<Option<String>, Refusal> {
    match validate::email(field, text)? {
        Some(address) if !is_address(&address) => {
            Err(Refusal::invalid(field, "Mail cannot be sent to such an address."))
        }
        other => Ok(other),
    }
}

/// At least one kind, each once, in the order in which they are declared.
pub(super) fn kinds(field: &str, mut kinds: Vec<MailKind>) -> Result<MailKinds, Refusal> {
    if kinds.is_empty() {
        return Err(Refusal::invalid(field, "Name at least one kind of mail."));
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(MailKinds(kinds))
}

/// An address is there where mail goes to one, and is not where it goes to customers.
pub(super) fn check_address(
    audience: MailAudience,
    address: Option<&String>,
) -> Result<(), Refusal> {
    match (audience, address) {
        (MailAudience::Address, None) => {
            Err(Refusal::invalid("address", "Give the address that mail goes to."))
        }
        (MailAudience::Customer, Some(_)) => {
            let message = "Mail goes to the customer that it is about: leave the address out.";
            Err(Refusal::invalid("address", message))
        }
        (MailAudience::Address, Some(_)) | (MailAudience::Customer, None) => Ok(()),
    }
}

/// There is no kind that the audience cannot have.
pub(super) fn check_kinds(
    refusals: &mut Refusals,
    audience: MailAudience,
    MailKinds(kinds): &MailKinds,
) {
    for kind in kinds.iter().filter(|kind| !may_go_to(**kind, audience)) {
        let message =
            format!("Customers get no mail of the kind {kind}: they do not answer for it.");
        refusals.push(Refusal::invalid("kinds", message));
    }
}
