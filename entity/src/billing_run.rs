//! A run over all subscriptions that are due.

use sea_orm::entity::prelude::*;

use crate::{BillingRunId, BillingRunStatus, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BillingRunId,
    pub tenant_id: TenantId,
    /// What is due by then is billed.
    pub as_of: DateTimeUtc,
    /// Whether it only counts.
    pub dry_run: bool,
    pub status: BillingRunStatus,
    /// Who began it, as a caller's subject; `system` where it is the job.
    pub started_by: String,
    pub subscriptions_due: i32,
    pub subscriptions_billed: i32,
    pub subscriptions_held: i32,
    pub lines_written: i32,
    pub documents_issued: i32,
    pub finished_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
