//! Taking an endpoint away.

use entity::{WebhookEndpointId, webhook_endpoint};
use sea_orm::EntityTrait;

use crate::{
    error::Outcome,
    services::{unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct DeleteWebhookEndpoint {
    pub webhook_endpoint_id: WebhookEndpointId,
    pub expected_version: Option<i64>,
}

/// Deletes an endpoint, its secrets and what is known of its deliveries.
pub async fn delete_webhook_endpoint(
    unit: &Unit,
    command: DeleteWebhookEndpoint,
) -> Outcome<WebhookEndpointId> {
    let endpoint = unit.lock::<webhook_endpoint::Entity>(command.webhook_endpoint_id).await?;
    validate::version(command.expected_version, endpoint.version)?;
    webhook_endpoint::Entity::delete_by_id(endpoint.id).exec(&unit.txn).await?;
    Ok(endpoint.id)
}
