//! Who gets mail about what happens.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    ActorKind, Language, MailAudience, MailKind, MailRecipientId, PartnerId, Role, TenantId,
};

/// What somebody gets mail about; at least one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct MailKinds(pub Vec<MailKind>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_recipient")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailRecipientId,
    pub tenant_id: TenantId,
    /// Whose recipient it is; none: the seller's own. Mail is about what they may see.
    pub partner_id: Option<PartnerId>,
    pub audience: MailAudience,
    /// Where mail goes, unless it goes to the customer that it is about.
    pub address: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub kinds: MailKinds,
    pub language: Language,
    pub enabled: bool,
    /// Since when it is: there is no mail about what happened before.
    pub enabled_at: DateTimeUtc,
    /// Who has made it what it is, as a caller's subject; approval links in its mail have the rights that they have when
    /// they are used.
    pub updated_by: String,
    pub updated_by_kind: ActorKind,
    pub updated_by_role: Role,
    pub updated_by_partner_id: Option<PartnerId>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
