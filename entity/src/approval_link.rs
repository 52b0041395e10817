//! A link by which somebody without a credential answers for one level of an order. Only a hash of its token is kept.

use sea_orm::entity::prelude::*;

use crate::{
    ActorKind, ApprovalId, ApprovalLinkAction, ApprovalLinkId, ApprovalLinkStatus, OrderId,
    PartnerId, Role, TenantId,
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approval_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApprovalLinkId,
    pub tenant_id: TenantId,
    pub order_id: OrderId,
    /// The only version of the order that the link answers. The yes of others takes an active link along.
    pub order_version: i64,
    /// The answer that the link gives.
    pub approval_id: ApprovalId,
    /// The partner whose answer that is, and whose people made the link; none: the seller.
    pub partner_id: Option<PartnerId>,
    pub action: ApprovalLinkAction,
    /// SHA-256 of the token, in hexadecimal.
    pub token_hash: String,
    /// For whom the link was made, in the words of whoever made it.
    pub recipient: String,
    /// Who made it, as a caller's subject; the link has the rights that they have when it is used.
    pub created_by: String,
    pub created_by_kind: ActorKind,
    pub created_by_role: Role,
    /// One that is active may have expired a moment ago.
    pub status: ApprovalLinkStatus,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
    #[sea_orm(belongs_to, from = "approval_id", to = "id")]
    pub approval: BelongsTo<super::approval::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
