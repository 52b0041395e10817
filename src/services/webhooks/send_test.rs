//! Having a test posted.

use entity::{WebhookEndpointId, webhook_endpoint};

use crate::{error::Outcome, services::unit::Unit};

#[derive(Clone, Copy, Debug)]
pub struct SendWebhookTest {
    pub webhook_endpoint_id: WebhookEndpointId,
}

/// Has a test posted, also to an endpoint that is disabled. What comes of it is among its deliveries.
pub async fn send_webhook_test(
    unit: &Unit,
    command: SendWebhookTest,
) -> Outcome<WebhookEndpointId> {
    let mut endpoint = unit.lock::<webhook_endpoint::Entity>(command.webhook_endpoint_id).await?;
    let id = endpoint.id;
    if endpoint.test_requested_at.is_none() {
        endpoint.test_requested_at = Some(unit.now);
        unit.save(endpoint).await?;
    }
    Ok(id)
}
