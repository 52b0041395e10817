//! Writing down what became of a mail.

use domain::mail::rest;
use entity::{ApprovalLinkId, MailId, MailStatus, mail};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    error::{Error, Outcome},
    services::{
        orders::links::revoke::{RevokeApprovalLink, revoke_approval_link},
        unit::{Unit, locked},
    },
};

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    Sent,
    /// It is tried again later, unless it was for long enough. `chance`, from 0 to 999, says how much later.
    PutOff {
        why: String,
        chance: u32,
    },
    /// It is tried no more.
    Failed {
        why: String,
    },
    /// There is nothing to tell any more.
    Pointless {
        why: &'static str,
    },
}

/// An attempt that has ended.
#[derive(Clone, Debug)]
pub struct SettleMail {
    pub mail_id: MailId,
    /// Which attempt it was: 1, 2, 3, …
    pub attempt: i32,
    pub became: Became,
    /// Links in a mail that nobody has got. They are the viewer's.
    pub useless: Vec<ApprovalLinkId>,
}

/// Writes down what became of a mail that is still to be sent, and revokes links that nobody has got.
pub async fn settle_mail(unit: &Unit, command: SettleMail) -> Outcome<()> {
    for link_id in command.useless {
        let revoking = revoke_approval_link(unit, RevokeApprovalLink { link_id });
        match unit.txn.all_or_nothing(revoking).await? {
            // One that cannot be revoked cannot be used either.
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(failed @ Error::Failed(_)) => return Err(failed),
        }
    }
    let pending = mail::Entity::find()
        .filter(mail::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(mail::Column::Id.eq(command.mail_id))
        .filter(mail::Column::Status.eq(MailStatus::Pending));
    let Some(mut mail) = locked(pending).one(&unit.txn).await? else { return Ok(()) };
    let is_overtaken = mail.attempts > command.attempt;
    if is_overtaken && command.became != Became::Sent {
        return Ok(());
    }
    mail.attempts = mail.attempts.max(command.attempt);
    match command.became {
        Became::Sent => {
            mail.status = MailStatus::Sent;
            mail.sent_at = Some(unit.now);
            mail.error = None;
        }
        Became::PutOff { why, .. } if mail.give_up_at <= unit.now => {
            mail.status = MailStatus::Failed;
            mail.error = Some(why);
        }
        Became::PutOff { why, chance } => {
            let next = unit.now + rest(command.attempt, chance);
            mail.next_try_at = next.min(mail.give_up_at);
            mail.error = Some(why);
        }
        Became::Failed { why } => {
            mail.status = MailStatus::Failed;
            mail.error = Some(why);
        }
        Became::Pointless { why } => {
            mail.status = MailStatus::Dropped;
            mail.error = Some(why.to_owned());
        }
    }
    Ok(unit.save(mail).await?)
}
