//! Who is asking.

use chrono::{DateTime, Utc};
use entity::{ActorKind, CustomerId, PartnerId, Role, TenantId};

/// A caller whose credential was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub tenant_id: TenantId,
    pub role: Role,
    pub scope: Scope,
    /// Names the caller in the tenant: `key:<prefix>` or `user:<sub>`.
    pub subject: String,
    pub kind: ActorKind,
    /// When the credential stops being valid.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which rows of the tenant exist for a viewer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of them.
    Tenant,
    /// Those of a partner and of the partners below it. `partners` holds them all, itself first.
    Partner { own: PartnerId, partners: Vec<PartnerId> },
    /// Those of one customer.
    Customer { own: CustomerId, partner: Option<PartnerId> },
}

impl Viewer {
    /// The program itself, acting in a tenant.
    pub fn system(tenant_id: TenantId) -> Self {
        Self {
            tenant_id,
            role: Role::Admin,
            scope: Scope::Tenant,
            subject: "system".to_owned(),
            kind: ActorKind::System,
            expires_at: None,
        }
    }

    /// The partner that the viewer speaks for, if it speaks for one.
    pub fn partner(&self) -> Option<PartnerId> {
        match &self.scope {
            Scope::Partner { own, .. } => Some(*own),
            Scope::Tenant | Scope::Customer { .. } => None,
        }
    }
}
