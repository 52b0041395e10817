//! How far a tenant's log was read for mail.

use sea_orm::entity::prelude::*;

use crate::TenantId;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail_position")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    /// Of everything up to here, all mail there is to be was written down.
    pub position: i64,
}

impl ActiveModelBehavior for ActiveModel {}
