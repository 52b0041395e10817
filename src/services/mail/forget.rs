//! Mail that nobody asks for any more.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{TenantId, mail};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{error::Outcome, store::Txn};

/// How long it is known what was sent.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// Deletes what a tenant has sent, or has not, more than 30 days ago.
pub async fn forget_mails(txn: &Txn, tenant_id: TenantId, now: DateTime<Utc>) -> Outcome<()> {
    mail::Entity::delete_many()
        .filter(mail::Column::TenantId.eq(tenant_id))
        .filter(mail::Column::CreatedAt.lte(now - KEPT_FOR))
        .exec(txn)
        .await?;
    Ok(())
}
