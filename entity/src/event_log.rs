//! How far a tenant's log reaches. The row is also the lock under which positions are given.

use sea_orm::entity::prelude::*;

use crate::TenantId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_log")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Names this history. Changes when a database is restored or fails over with loss.
    pub epoch: Uuid,
    /// The first position that is still kept; one past `latest` when none is.
    pub earliest_position: i64,
    /// The last position given; 0 when the log is empty.
    pub latest_position: i64,
}

impl ActiveModelBehavior for ActiveModel {}
