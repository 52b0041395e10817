//! What a provisioner asked about an order line, and what it was answered.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{OrderLineHoldId, OrderLineId, PartnerId, TenantId};

/// The answers that a question has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Choices(pub Vec<String>);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line_hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderLineHoldId,
    pub tenant_id: TenantId,
    pub order_line_id: OrderLineId,
    /// Counts from 1 within the line.
    pub hold_number: i32,
    pub question: String,
    /// Of which one is to be given as the answer; none: any text.
    #[sea_orm(column_type = "JsonBinary")]
    pub choices: Option<Choices>,
    /// Who asked, as a caller's subject, and the partner that they spoke for.
    pub asked_by: String,
    pub asked_by_partner_id: Option<PartnerId>,
    pub asked_at: DateTimeUtc,
    pub answer: Option<String>,
    /// None as long as nobody has answered, and where the line failed instead.
    pub answered_by: Option<String>,
    pub answered_by_partner_id: Option<PartnerId>,
    /// When the line went on, or failed.
    pub ended_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, from = "order_line_id", to = "id")]
    pub order_line: BelongsTo<super::order_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
