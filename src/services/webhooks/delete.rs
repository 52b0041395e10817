//! Taking an endpoint away.

use entity::{WebhookEndpointId, order_line_attempt, product, webhook_endpoint};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, SelectExt};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct DeleteWebhookEndpoint {
    pub webhook_endpoint_id: WebhookEndpointId,
    pub expected_version: Option<i64>,
}

/// Deletes an endpoint, its secrets and what is known of its deliveries. Refused with `WEBHOOK_ENDPOINT_IN_USE` while it
/// carries a product's lines out, or one of them is still to be posted.
pub async fn delete_webhook_endpoint(
    unit: &Unit,
    command: DeleteWebhookEndpoint,
) -> Outcome<WebhookEndpointId> {
    let endpoint = unit.lock::<webhook_endpoint::Entity>(command.webhook_endpoint_id).await?;
    validate::version(command.expected_version, endpoint.version)?;
    check_unused(unit, endpoint.id).await?;
    webhook_endpoint::Entity::delete_by_id(endpoint.id).exec(&unit.txn).await?;
    Ok(endpoint.id)
}

async fn check_unused(unit: &Unit, id: WebhookEndpointId) -> Outcome<()> {
    let refuse =
        |message: String| Err(Refusal::of(RefusalCode::WebhookEndpointInUse, "id", message).into());
    let product = product::Entity::find()
        .filter(product::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(product::Column::ProvisioningEndpointId.eq(id))
        .one(&unit.txn)
        .await?;
    if let Some(product) = product {
        let code = product.code;
        return refuse(format!("It carries out the lines of product {code}. Change that first."));
    }
    let is_posted_to = order_line_attempt::Entity::find()
        .filter(order_line_attempt::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(order_line_attempt::Column::WebhookEndpointId.eq(id))
        .filter(order_line_attempt::Column::PostAt.is_not_null())
        .exists(&unit.txn)
        .await?;
    if is_posted_to {
        return refuse("There are lines that are still to be posted to it.".to_owned());
    }
    Ok(())
}
