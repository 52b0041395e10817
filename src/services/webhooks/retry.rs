//! Trying again at once.

use entity::{WebhookEndpointId, WebhookStatus, webhook_endpoint};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

#[derive(Clone, Copy, Debug)]
pub struct RetryWebhook {
    pub webhook_endpoint_id: WebhookEndpointId,
}

/// Ends the pause after a failure. One that is disabled is refused with `WEBHOOK_ENDPOINT_DISABLED`.
pub async fn retry_webhook(unit: &Unit, command: RetryWebhook) -> Outcome<WebhookEndpointId> {
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
