//! One attempt at carrying an order line out, and what came of it.

use sea_orm::entity::prelude::*;

use crate::{LineOutcome, OrderLineAttemptId, OrderLineId, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_line_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderLineAttemptId,
    pub tenant_id: TenantId,
    pub order_line_id: OrderLineId,
    /// Counts from 1 within the line.
    pub attempt_number: i32,
    pub started_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    /// None as long as it lasts.
    pub outcome: Option<LineOutcome>,
    /// What was said of the outcome (APX-26).
    pub message: Option<String>,
    /// The provisioner's own id of what it delivered, or of what it tried.
    pub provisioning_reference: Option<String>,
    #[sea_orm(belongs_to, from = "order_line_id", to = "id")]
    pub order_line: BelongsTo<super::order_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
