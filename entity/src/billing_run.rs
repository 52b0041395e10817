//! A run over all subscriptions that are due.

use std::collections::BTreeMap;

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{BillingRunId, BillingRunStatus, SubscriptionId, TenantId};

/// An amount in each currency, by its ISO 4217 code, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct Amounts(pub BTreeMap<String, i64>);

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
    /// What the lines come to without tax.
    #[sea_orm(column_type = "JsonBinary")]
    pub net_amounts: Option<Amounts>,
    /// Of a dry run: the place of the last subscription that was counted, in the order in which they are due.
    pub counted_until: Option<DateTimeUtc>,
    pub counted_until_id: Option<SubscriptionId>,
    pub finished_at: Option<DateTimeUtc>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
