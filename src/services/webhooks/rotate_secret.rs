//! Giving an endpoint another secret.

use entity::{WebhookEndpointId, webhook_endpoint};

use super::{create::SecretMade, signature};
use crate::{
    error::Outcome,
    services::{unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct RotateWebhookSecret {
    pub webhook_endpoint_id: WebhookEndpointId,
    pub expected_version: Option<i64>,
}

/// Makes a secret that signs from now on. The one before signs for a day more beside it.
pub async fn rotate_webhook_secret(
    unit: &Unit,
    command: RotateWebhookSecret,
) -> Outcome<SecretMade> {
    let mut endpoint = unit.lock::<webhook_endpoint::Entity>(command.webhook_endpoint_id).await?;
    validate::version(command.expected_version, endpoint.version)?;
    let (id, secret) = (endpoint.id, signature::generate());
    endpoint.secrets = signature::rotated(endpoint.secrets, &secret, unit.now);
    endpoint.version += 1;
    endpoint.updated_at = unit.now;
    unit.save(endpoint).await?;
    Ok(SecretMade { id, secret: Some(secret) })
}
