//! An attempt to post an event or an order line, and what came of it.

use sea_orm::entity::prelude::*;

use crate::{EventId, OrderLineId, TenantId, WebhookDeliveryId, WebhookEndpointId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    pub tenant_id: TenantId,
    pub endpoint_id: WebhookEndpointId,
    /// None: a test, or a line.
    pub event_id: Option<EventId>,
    /// The line that was to be carried out; none: an event or a test.
    pub order_line_id: Option<OrderLineId>,
    pub position: Option<i64>,
    /// The first, the second, … since the event before was delivered, or of the line.
    pub attempt: i32,
    pub delivered: bool,
    /// None: there was no answer.
    pub status_code: Option<i32>,
    /// Why there was no answer, or none that could be taken.
    pub error: Option<String>,
    /// How the answer begins.
    pub answer: Option<String>,
    pub took_ms: i32,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
