//! What a seller signs its messages about payment agreements with.

use sea_orm::entity::prelude::*;

use crate::{TenantId, webhook_endpoint::Secrets};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_callback")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: TenantId,
    #[sea_orm(column_type = "JsonBinary")]
    pub secrets: Secrets,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
