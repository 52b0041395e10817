//! A yes of one person for a level of an order, of which a level may need several.

use sea_orm::entity::prelude::*;

use crate::{ApprovalId, ConsentId, OrderId, PartnerId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsentId,
    pub tenant_id: TenantId,
    pub order_id: OrderId,
    /// The answer that it is a part of.
    pub approval_id: ApprovalId,
    /// The partner whose answer that is; none: the seller.
    pub partner_id: Option<PartnerId>,
    /// Who says yes, the same however they do: each person is counted once.
    pub person: String,
    /// Who said it, as a caller's subject.
    pub given_by: String,
    pub given_at: DateTimeUtc,
    /// The version of the order that yes was said to; none: it was said before that was kept.
    pub order_version: Option<i64>,
    /// The approver's own reference, as given with it (APG-13).
    pub external_reference: Option<String>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
    #[sea_orm(belongs_to, from = "approval_id", to = "id")]
    pub approval: BelongsTo<super::approval::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
