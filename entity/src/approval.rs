//! One answer that an order needs: the seller's, or that of one partner in the chain.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{ApprovalDecision, ApprovalId, OrderId, PartnerId, TenantId};

/// What some rules were called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct RuleNames(pub Vec<String>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approval")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApprovalId,
    pub tenant_id: TenantId,
    pub order_id: OrderId,
    /// The partner that must answer; none: the seller.
    pub partner_id: Option<PartnerId>,
    /// Counts from 1: the customer's own partner first, the seller last. All may answer at once.
    pub level: i32,
    pub decision: ApprovalDecision,
    /// How many different people must say yes.
    pub approvers_needed: i32,
    /// Who answered, as a caller's subject: of several, the last one.
    pub decided_by: Option<String>,
    pub reason: Option<String>,
    /// The approver's own reference, as given with this answer (APG-13).
    pub external_reference: Option<String>,
    pub decided_at: Option<DateTimeUtc>,
    /// The rules that ask for the answer, as they were called when the order was submitted; none: a setting does, for every
    /// order.
    #[sea_orm(column_type = "JsonBinary")]
    pub rules: Option<RuleNames>,
    /// When the order is cancelled if nobody has answered; none: as the seller's setting says.
    pub lapses_at: Option<DateTimeUtc>,
    /// How many hours there are between two reminders; none: there is none.
    pub remind_every_hours: Option<i32>,
    /// When the next reminder is due.
    pub remind_at: Option<DateTimeUtc>,
    /// When the last one was.
    pub reminded_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::order::Entity>,
    #[sea_orm(belongs_to, from = "partner_id", to = "id")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
