//! One attempt at carrying an order line out, and what came of it.

use sea_orm::entity::prelude::*;

use crate::{LineOutcome, OrderLineAttemptId, OrderLineId, TenantId, WebhookEndpointId};

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
    /// Where the line is posted to; none: people carry it out, or the program itself.
    pub webhook_endpoint_id: Option<WebhookEndpointId>,
    /// How long the endpoint may take to say what became of the line, as its product said when the attempt began.
    pub answer_within_minutes: Option<i32>,
    /// What the present message is called, however often it is posted: the attempt, or the question that was answered.
    pub message_id: Option<Uuid>,
    /// When the message is posted next; none: not again.
    pub post_at: Option<DateTimeUtc>,
    /// When the vendor's answer is no longer waited for; none: it is not waited for.
    pub answer_by: Option<DateTimeUtc>,
    /// When the vendor took the message to answer later.
    pub accepted_at: Option<DateTimeUtc>,
    /// How often the present message was posted.
    pub posts: i32,
    /// The status of the last answer; none: there was none.
    pub status_code: Option<i32>,
    /// Why the last message was not taken.
    pub error: Option<String>,
    #[sea_orm(belongs_to, from = "order_line_id", to = "id")]
    pub order_line: BelongsTo<super::order_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
