//! Having somebody get mail.

use entity::{Language, MailAudience, MailKind, MailRecipientId, PartnerId, mail_recipient};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{MOST_OF_PARTNER, MOST_OF_SELLER, terms};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{
        keeper::{self, keeper},
        unit::Unit,
    },
};

#[derive(Clone, Debug)]
pub struct CreateMailRecipient {
    /// The partner whose recipient it is to be. Left out: the caller's own partner, or the seller itself.
    pub partner_id: Option<PartnerId>,
    pub audience: MailAudience,
    /// None: the customer's own.
    pub address: Option<String>,
    pub kinds: Vec<MailKind>,
    pub language: Language,
    pub enabled: bool,
}

/// Has somebody get mail about what happens from now on.
pub async fn create_mail_recipient(
    unit: &Unit,
    command: CreateMailRecipient,
) -> Outcome<MailRecipientId> {
    let mut refusals = Refusals::default();
    let partner_id = keeper(unit, command.partner_id, &mut refusals).await?;
    let address = refusals.collect(terms::address("address", command.address));
    if let Some(address) = &address {
        refusals.collect(terms::check_address(command.audience, address.as_ref()));
    }
    let kinds = refusals.value(terms::kinds("kinds", command.kinds));
    terms::check_kinds(&mut refusals, command.audience, &kinds);
    refusals.done()?;
    check_room(unit, partner_id).await?;

    let id = MailRecipientId::new(unit.now);
    let row = mail_recipient::Model {
        id,
        tenant_id: unit.viewer.tenant_id,
        partner_id,
        audience: command.audience,
        address: address.flatten(),
        kinds,
        language: command.language,
        enabled: command.enabled,
        enabled_at: unit.now,
        updated_by: unit.viewer.subject.clone(),
        updated_by_kind: unit.viewer.kind,
        updated_by_role: unit.viewer.role,
        updated_by_partner_id: unit.viewer.partner(),
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    unit.insert(row).await?;
    Ok(id)
}

/// Whether there may be one more.
async fn check_room(unit: &Unit, keeper: Option<PartnerId>) -> Outcome<()> {
    let most = if keeper.is_some() { MOST_OF_PARTNER } else { MOST_OF_SELLER };
    let message = format!("There are {most} recipients of mail already, and no more can be.");
    let full = Refusal::new(RefusalCode::TooManyMailRecipients, message);
    let recipients = mail_recipient::Entity::find()
        .filter(mail_recipient::Column::TenantId.eq(unit.viewer.tenant_id));
    let column = mail_recipient::Column::PartnerId;
    keeper::check_room(unit, recipients, column, keeper, most, full).await
}
