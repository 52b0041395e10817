//! A group of similar offers from one vendor.

use sea_orm::entity::prelude::*;

use crate::{CatalogStatus, ProductId, Provisioning, TenantId, WebhookEndpointId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "product")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    pub tenant_id: TenantId,
    /// Unique in the tenant.
    pub code: String,
    pub name: String,
    pub vendor: String,
    pub description: Option<String>,
    pub provisioning: Provisioning,
    /// Where its lines are posted to, if they are carried out by a webhook; else none.
    pub provisioning_endpoint_id: Option<WebhookEndpointId>,
    /// How long that may take to say what became of a line.
    pub answer_within_minutes: Option<i32>,
    pub status: CatalogStatus,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
