//! Trying again at once.

use entity::{WebhookEndpointId, WebhookStatus, order_line_attempt, webhook_endpoint};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

#[derive(Clone, Copy, Debug)]
pub struct RetryWebhook {
    pub webhook_endpoint_id: WebhookEndpointId,
}

/// Ends the pause after a failure, of events and of lines. One that is disabled is refused with `WEBHOOK_ENDPOINT_DISABLED`.
pub async fn retry_webhook(unit: &Unit, command: RetryWebhook) -> Outcome<WebhookEndpointId> {
    // Before the endpoint: whoever keeps what came of a line locks in this order.
    let now = Expr::value(unit.now);
    order_line_attempt::Entity::update_many()
        .col_expr(order_line_attempt::Column::PostAt, now)
        .filter(order_line_attempt::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(order_line_attempt::Column::WebhookEndpointId.eq(command.webhook_endpoint_id))
        .filter(order_line_attempt::Column::PostAt.gt(unit.now))
        .exec(&unit.txn)
        .await?;
    let mut endpoint = unit.lock::<webhook_endpoint::Entity>(command.webhook_endpoint_id).await?;
    if endpoint.status == WebhookStatus::Disabled {
        let message = "Nothing is posted to this endpoint. Enable it: then it goes on at once.";
        return Err(Refusal::of(RefusalCode::WebhookEndpointDisabled, "id", message).into());
    }
    let id = endpoint.id;
    if endpoint.next_try_at > unit.now {
        endpoint.next_try_at = unit.now;
        unit.save(endpoint).await?;
    }
    Ok(id)
}
