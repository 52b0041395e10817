//! Callers who are not here: what is done later in their name is done with the rights that they have then.

use chrono::{DateTime, Utc};
use domain::viewer::Viewer;
use entity::{ActorKind, PartnerId, Role, TenantId, api_key};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter};

use super::{
    grant_of,
    scope::{Grant, viewers},
};

/// Somebody who called before, as their credential said then.
#[derive(Clone, Debug)]
pub(crate) struct Absent {
    pub(crate) tenant_id: TenantId,
    pub(crate) role: Role,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) subject: String,
    pub(crate) kind: ActorKind,
}

impl Absent {
    /// The viewer that they would be now; none if their key is revoked, has expired or is gone, or if the partner that
    /// they spoke for does not exist. Of whoever came with a token, only the latter can be looked up.
    pub(crate) async fn viewer(
        self,
        database: &DatabaseConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<Viewer>, DbErr> {
        let grant = match self.kind {
            ActorKind::ApiKey => self.key_grant(database, now).await?,
            ActorKind::User
            | ActorKind::System
            | ActorKind::ApprovalLink
            | ActorKind::WebhookEndpoint
            | ActorKind::PaymentCallback => Some(self.grant()),
        };
        let Some(grant) = grant else { return Ok(None) };
        Ok(viewers(database, &[grant]).await?.pop().flatten())
    }

    async fn key_grant(
        &self,
        database: &DatabaseConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<Grant>, DbErr> {
        let Some(prefix) = self.subject.strip_prefix("key:") else { return Ok(None) };
        let key = api_key::Entity::find()
            .filter(api_key::Column::TenantId.eq(self.tenant_id))
            .filter(api_key::Column::Prefix.eq(prefix))
            .filter(api_key::Column::RevokedAt.is_null())
            .one(database)
            .await?;
        Ok(key.filter(|key| key.expires_at.is_none_or(|at| at > now)).as_ref().map(grant_of))
    }

    fn grant(self) -> Grant {
        Grant {
            tenant_id: self.tenant_id,
            role: self.role,
            partner_id: self.partner_id,
            customer_id: None,
            subject: self.subject,
            kind: self.kind,
            expires_at: None,
        }
    }
}
