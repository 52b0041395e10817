//! Links that have expired, and those that nobody asks for any more.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ApprovalLinkStatus, TenantId, approval_link};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    error::Outcome,
    store::{Txn, statement::is_exactly},
};

/// How long a link is kept after it has expired, or would have.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// Writes down which links of a tenant have expired.
pub async fn expire_links(txn: &Txn, tenant_id: TenantId, now: DateTime<Utc>) -> Outcome<()> {
    let expired = ApprovalLinkStatus::Expired.to_value();
    approval_link::Entity::update_many()
        .col_expr(approval_link::Column::Status, Expr::value(expired))
        .filter(approval_link::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(approval_link::Column::Status, ApprovalLinkStatus::Active))
        .filter(approval_link::Column::ExpiresAt.lte(now))
        .exec(txn)
        .await?;
    Ok(())
}

/// Deletes the links of a tenant that have been of no use for 30 days.
pub async fn forget_links(txn: &Txn, tenant_id: TenantId, now: DateTime<Utc>) -> Outcome<()> {
    approval_link::Entity::delete_many()
        .filter(approval_link::Column::TenantId.eq(tenant_id))
        .filter(approval_link::Column::ExpiresAt.lte(now - KEPT_FOR))
        .exec(txn)
        .await?;
    Ok(())
}
