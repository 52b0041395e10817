//! Changing what somebody gets mail about, and where and whether they get it.

use entity::{Language, MailKind, MailRecipientId, mail_recipient};

use super::terms;
use crate::{
    error::{Outcome, Refusals},
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdateMailRecipient {
    pub recipient_id: MailRecipientId,
    pub expected_version: Option<i64>,
    pub address: Change<String>,
    pub kinds: Change<Vec<MailKind>>,
    pub language: Change<Language>,
    pub enabled: Change<bool>,
}

/// Changes the fields named. A recipient that is enabled again gets mail about what happens from then on.
pub async fn update_mail_recipient(
    unit: &Unit,
    command: UpdateMailRecipient,
) -> Outcome<MailRecipientId> {
    let id = command.recipient_id;
    let seen = unit.lock::<mail_recipient::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut recipient = seen.clone();
    let mut refusals = Refusals::default();
    let address = &mut recipient.address;
    let put = command.address.put_optional(address, "address", terms::address);
    refusals.value(put.and_then(|()| terms::check_address(seen.audience, address.as_ref())));
    refusals.value(command.kinds.put(&mut recipient.kinds, "kinds", terms::kinds));
    refusals.value(command.language.put(&mut recipient.language, "language", validate::any));
    refusals.value(command.enabled.put(&mut recipient.enabled, "enabled", validate::any));
    terms::check_kinds(&mut refusals, seen.audience, &recipient.kinds);
    refusals.done()?;

    if recipient.enabled && !seen.enabled {
        recipient.enabled_at = unit.now;
    }
    if recipient != seen {
        // Nobody has links sent in the name of another.
        recipient.updated_by = unit.viewer.subject.clone();
        recipient.updated_by_kind = unit.viewer.kind;
        recipient.updated_by_role = unit.viewer.role;
        recipient.updated_by_partner_id = unit.viewer.partner();
        recipient.version = seen.version + 1;
        recipient.updated_at = unit.now;
        unit.save(recipient).await?;
    }
    Ok(id)
}
