//! Having a mail tried again that was given up.

use domain::mail::TRIED_FOR;
use entity::{MailId, MailStatus, mail};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

#[derive(Clone, Copy, Debug)]
pub struct RetryMail {
    pub mail_id: MailId,
}

/// Has a mail that failed, or was dropped, tried again at once, and for as long as a new one. One that is still to be sent
/// stays as it is. Refused with `MAIL_ALREADY_SENT`.
pub async fn retry_mail(unit: &Unit, command: RetryMail) -> Outcome<MailId> {
    let mut mail = unit.lock::<mail::Entity>(command.mail_id).await?;
    let id = mail.id;
    match mail.status {
        MailStatus::Pending => {}
        MailStatus::Failed | MailStatus::Dropped => {
            mail.status = MailStatus::Pending;
            mail.next_try_at = unit.now;
            mail.give_up_at = unit.now + TRIED_FOR;
            unit.save(mail).await?;
        }
        MailStatus::Sent => {
            let message = "The mail was sent, and is sent once.";
            return Err(Refusal::of(RefusalCode::MailAlreadySent, "id", message).into());
        }
    }
    Ok(id)
}
