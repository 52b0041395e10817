//! Who is asking.

use std::sync::Arc;

use async_graphql::Object;
use domain::viewer::{self, Scope};

use super::{
    Customer, Partner, Tenant,
    enums::{ActorKind, Role},
};
use crate::graphql::scalars::Time;

/// A view of the caller.
#[derive(Clone, Debug)]
pub struct Viewer(pub Arc<viewer::Viewer>);

/// The caller, as its credential says.
#[Object]
impl Viewer {
    /// What the caller is called in the event log: `user:` and the subject of a JWT, or `key:` and the prefix of an API key.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What kind of caller it is.
    async fn kind(&self) -> ActorKind {
        self.0.kind.into()
    }

    /// What the caller may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// The tenant that the caller works in. It sees no other.
    async fn tenant(&self) -> Option<Tenant> {
        Some(Tenant::by_id(self.0.tenant_id))
    }

    /// The partner that the caller speaks for. Null: none.
    async fn partner(&self) -> Option<Partner> {
        self.0.partner().map(Partner::by_id)
    }

    /// The customer that the caller speaks for. Null: none.
    async fn customer(&self) -> Option<Customer> {
        match &self.0.scope {
            Scope::Customer { own, .. } => Some(Customer::by_id(*own)),
            Scope::Tenant | Scope::Partner { .. } => None,
        }
    }

    /// When the credential stops being valid. Null: it does not by itself.
    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Time)
    }
}
