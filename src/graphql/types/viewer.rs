//! Who is asking.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{
    Customer, Partner, Tenant,
    enums::{ActorKind, Role},
};
use crate::{
    graphql::{error::Result, scalars::Time},
    viewer::{self, Scope},
};

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
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        Tenant::visible(ctx, self.0.tenant_id).await
    }

    /// The partner that the caller speaks for. Null: none.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner()).await
    }

    /// The customer that the caller speaks for. Null: none.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        match &self.0.scope {
            Scope::Customer { own, .. } => Customer::visible(ctx, *own).await,
            Scope::Tenant | Scope::Partner { .. } => Ok(None),
        }
    }

    /// When the credential stops being valid. Null: it does not by itself.
    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Time)
    }
}
