//! Keeping what came of a test.

use entity::{WebhookDeliveryId, WebhookEndpointId, webhook_endpoint};

use super::attempt::{Posted, delivery};
use crate::{error::Outcome, services::unit::Unit};

/// A test that was posted.
#[derive(Clone, Debug)]
pub struct TestSent {
    pub webhook_endpoint_id: WebhookEndpointId,
    /// Names the message as well.
    pub id: WebhookDeliveryId,
    pub posted: Posted,
}

/// Keeps what came of a test, which neither counts as a failure nor ends any.
pub async fn keep_test(unit: &Unit, sent: TestSent) -> Outcome<()> {
    let Some(mut endpoint) =
        unit.lock_if_there::<webhook_endpoint::Entity>(sent.webhook_endpoint_id).await?
    else {
        return Ok(());
    };
    let delivery = delivery(unit, &endpoint, sent.id, sent.posted);
    unit.insert(delivery).await?;
    endpoint.test_requested_at = None;
    Ok(unit.save(endpoint).await?)
}
