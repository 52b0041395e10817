//! Issuing a credit note.

use entity::{InvoiceId, InvoiceKind, invoice};

use super::issue;
use crate::{
    access,
    error::Outcome,
    services::{unit::Unit, validate},
};

/// Which draft is to be issued.
#[derive(Clone, Copy, Debug)]
pub struct IssueCreditNote {
    pub credit_note_id: InvoiceId,
    pub expected_version: Option<i64>,
    /// Whether what is left for the customer is paid out, and not kept on the account.
    pub refund: bool,
}

/// Issues a draft as [`issue::issue_invoice`] does. Refused with `INVOICE_ALREADY_ISSUED`; a draft of an invoice is no credit
/// note, whatever it comes to.
pub async fn issue_credit_note(unit: &Unit, command: IssueCreditNote) -> Outcome<InvoiceId> {
    let draft = issue::lock_draft(unit, command.credit_note_id).await?;
    if draft.kind != InvoiceKind::CreditNote {
        return Err(access::not_found::<invoice::Entity>("id").into());
    }
    validate::version(command.expected_version, draft.version)?;
    Ok(issue::issue_with(unit, draft, command.refund).await?.id)
}
