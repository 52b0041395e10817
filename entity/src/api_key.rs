//! A caller's key. Only a hash of its secret is kept.

use sea_orm::entity::prelude::*;

use crate::{ApiKeyId, CustomerId, PartnerId, Role, TenantId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiKeyId,
    pub tenant_id: TenantId,
    pub name: String,
    /// The part of the key that is not secret, by which it is found.
    pub prefix: String,
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_hash: String,
    pub role: Role,
    pub partner_id: Option<PartnerId>,
    pub customer_id: Option<CustomerId>,
    pub created_at: DateTimeUtc,
    pub expires_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
