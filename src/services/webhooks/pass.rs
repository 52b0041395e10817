//! Noting that nothing of a stretch of the log was for an endpoint.

use entity::{WebhookEndpointId, webhook_endpoint};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{error::Outcome, services::unit::Unit};

/// What an endpoint has passed.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    pub webhook_endpoint_id: WebhookEndpointId,
    /// As it was when it was looked at what is for it.
    pub version: i64,
    pub from: i64,
    pub to: i64,
}

/// Moves an endpoint on, unless it is somewhere else by now, or somebody has changed it.
pub async fn keep_passed(unit: &Unit, passed: Passed) -> Outcome<()> {
    webhook_endpoint::Entity::update_many()
        .col_expr(webhook_endpoint::Column::Position, Expr::value(passed.to))
        .filter(webhook_endpoint::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(webhook_endpoint::Column::Id.eq(passed.webhook_endpoint_id))
        .filter(webhook_endpoint::Column::Version.eq(passed.version))
        .filter(webhook_endpoint::Column::Position.eq(passed.from))
        .exec(&unit.txn)
        .await?;
    Ok(())
}
