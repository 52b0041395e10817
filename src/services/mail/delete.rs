//! Having somebody get no mail any more.

use entity::{MailRecipientId, mail_recipient};
use sea_orm::EntityTrait;

use crate::{
    error::Outcome,
    services::{unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct DeleteMailRecipient {
    pub recipient_id: MailRecipientId,
    pub expected_version: Option<i64>,
}

/// Deletes a recipient. What is still to be sent to it is not sent; what was, stays in the log of mail.
pub async fn delete_mail_recipient(
    unit: &Unit,
    command: DeleteMailRecipient,
) -> Outcome<MailRecipientId> {
    let recipient = unit.lock::<mail_recipient::Entity>(command.recipient_id).await?;
    validate::version(command.expected_version, recipient.version)?;
    mail_recipient::Entity::delete_by_id(recipient.id).exec(&unit.txn).await?;
    Ok(recipient.id)
}
