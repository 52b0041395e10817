//! Taking a mail to send it: while it is taken, nobody else does.

use chrono::TimeDelta;
use entity::{MailId, MailStatus, OrderId, mail};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    error::{Error, Outcome},
    services::{
        orders::links::create::{ApprovalLinksCreated, CreateApprovalLinks, create_approval_links},
        unit::{Unit, locked},
    },
};

/// For how long whoever has taken a mail may take to send it. It is taken for lost after that, and sent again.
const HELD_FOR: TimeDelta = TimeDelta::minutes(5);

/// A mail that is to be sent.
#[derive(Clone, Debug)]
pub struct TakeMail {
    pub mail_id: MailId,
    pub address: String,
    pub subject: String,
    /// The order that links are made for, in the name of the viewer; none: the mail has no links.
    pub order_id: Option<OrderId>,
}

/// A mail that nobody else sends for a while.
#[derive(Debug)]
pub struct Taken {
    pub mail: mail::Model,
    /// None: none are wanted, or the viewer may make none.
    pub links: Option<ApprovalLinksCreated>,
}

/// Takes a mail, and makes the links that are to be in it. None if somebody was quicker, and then nothing is to be kept.
pub async fn take_mail(unit: &Unit, command: TakeMail) -> Outcome<Option<Taken>> {
    let TakeMail { mail_id, address, subject, order_id } = command;
    let links = match order_id {
        Some(order_id) => {
            let making = CreateApprovalLinks {
                order_id,
                expected_version: None,
                recipient: address,
                expires_in_hours: None,
            };
            match unit.txn.all_or_nothing(create_approval_links(unit, making)).await? {
                Ok(links) => Some(links),
                // Then the mail says to answer elsewhere.
                Err(Error::Refused(_)) => None,
                Err(failed @ Error::Failed(_)) => return Err(failed),
            }
        }
        None => None,
    };
    let due = mail::Entity::find()
        .filter(mail::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(mail::Column::Id.eq(mail_id))
        .filter(mail::Column::Status.eq(MailStatus::Pending))
        .filter(mail::Column::NextTryAt.lte(unit.now));
    let Some(due) = locked(due).one(&unit.txn).await? else { return Ok(None) };
    let mail = mail::Model {
        attempts: due.attempts + 1,
        next_try_at: unit.now + HELD_FOR,
        subject: Some(subject),
        ..due
    };
    unit.save(mail.clone()).await?;
    Ok(Some(Taken { mail, links }))
}
