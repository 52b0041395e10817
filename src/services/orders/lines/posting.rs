//! Lines that are carried out by a webhook: where an attempt is posted to, and how long its answer is waited for.

use chrono::TimeDelta;
use entity::{
    OrderLineHoldId, ProductId, Provisioning, WebhookEndpointId, order, order_line, product,
    webhook_endpoint,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, SelectExt};

use super::{
    attempts::{self, Posting},
    row,
};
use crate::{
    error::Outcome,
    services::{orders::row::By, unit::Unit},
};

/// What the product says now; none: its lines are no longer carried out by a webhook.
async fn of_product(unit: &Unit, id: ProductId) -> Outcome<Option<Posting>> {
    let product = unit.related::<product::Entity>(id).await?;
    Ok(product.provisioning_endpoint_id.zip(product.answer_within_minutes).map(
        |(endpoint_id, minutes)| Posting {
            endpoint_id,
            answer_within: TimeDelta::minutes(minutes.into()),
        },
    ))
}

/// Begins an attempt at a line that is pending, if nobody needs to take it up; the caller saves the order.
///
/// A line whose product is no longer carried out by a webhook waits for people from now on.
pub(in crate::services::orders) async fn begin_by_itself(
    unit: &Unit,
    order: &mut order::Model,
    line: &mut order_line::Model,
) -> Outcome<()> {
    match line.provisioning {
        Provisioning::Instant => row::begin(unit, order, line, By::System, None).await,
        Provisioning::Webhook => {
            if let Some(posting) = of_product(unit, line.product_id).await? {
                return row::begin(unit, order, line, By::System, Some(posting)).await;
            }
            line.provisioning = Provisioning::Manual;
            Ok(unit.save(line.clone()).await?)
        }
        Provisioning::Manual => Ok(()),
    }
}

/// Has a line that got its answer posted again, which the vendor may take as long for as at first; the caller saves the
/// line. Where its endpoint is gone, the line waits for people from now on.
pub(super) async fn go_on(
    unit: &Unit,
    line: &mut order_line::Model,
    answered: Option<OrderLineHoldId>,
) -> Outcome<()> {
    if line.provisioning != Provisioning::Webhook {
        return Ok(());
    }
    let attempt = attempts::present(unit, line).await?;
    let posted = attempt.and_then(|attempt| {
        let (endpoint, minutes) = (attempt.webhook_endpoint_id?, attempt.answer_within_minutes?);
        Some((attempt, endpoint, TimeDelta::minutes(minutes.into())))
    });
    if let Some((mut attempt, endpoint, answer_within)) = posted
        && is_there(unit, endpoint).await?
    {
        // The release before writes down no questions.
        let message = answered.unwrap_or_else(|| OrderLineHoldId::new(unit.now));
        attempt.message_id = Some(message.0);
        attempt.post_at = Some(unit.now);
        attempt.answer_by = Some(unit.now + answer_within);
        attempt.accepted_at = None;
        attempt.posts = 0;
        attempt.status_code = None;
        attempt.error = None;
        line.next_try_at = unit.now + answer_within;
        return Ok(unit.save(attempt).await?);
    }
    line.provisioning = Provisioning::Manual;
    Ok(())
}

/// Whether the tenant still has the endpoint, which the viewer need not see.
async fn is_there(unit: &Unit, id: WebhookEndpointId) -> Outcome<bool> {
    Ok(webhook_endpoint::Entity::find()
        .filter(webhook_endpoint::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(webhook_endpoint::Column::Id.eq(id))
        .exists(&unit.txn)
        .await?)
}
