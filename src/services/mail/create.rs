//! Having somebody get mail.

use entity::{
    Language, MailAudience, MailKind, MailRecipientId, PartnerId, mail_recipient, partner,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};

use super::{MOST_OF_PARTNER, MOST_OF_SELLER, terms};
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::unit::Unit,
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
    let partner_id = match (command.partner_id, unit.viewer.partner()) {
        (Some(wanted), Some(own)) if wanted != own => {
            return Err(access::not_found::<partner::Entity>("partnerId").into());
        }
        (wanted, own) => wanted.or(own),
    };
    let mut refusals = Refusals::default();
    if let Some(id) = partner_id {
        refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
    }
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
    mail_recipient::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(&unit.txn)
        .await?;
    Ok(id)
}

/// Whether there may be one more.
async fn check_room(unit: &Unit, partner_id: Option<PartnerId>) -> Outcome<()> {
    // So that two at once do not both become the last one.
    unit.lock_tenant().await?;
    let (owner, most) = match partner_id {
        Some(id) => (mail_recipient::Column::PartnerId.eq(id), MOST_OF_PARTNER),
        None => (mail_recipient::Column::PartnerId.is_null(), MOST_OF_SELLER),
    };
    let there_are = mail_recipient::Entity::find()
        .filter(mail_recipient::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(owner)
        .count(&unit.txn)
        .await?;
    if there_are < most {
        return Ok(());
    }
    let message = format!("There are {most} recipients of mail already, and no more can be.");
    Err(Refusal::new(RefusalCode::TooManyMailRecipients, message).into())
}
