//! A key with which a program calls this API. Its secret is shown once, when the key is created.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::{ApiKeyId, api_key};

use super::{Customer, Partner, enums::Role};
use crate::graphql::{error::Result, id::Id, scalars::Time};

/// A key with which a program calls this API. Its secret is shown once, when the key is created.
#[derive(Clone, Debug)]
pub struct ApiKey(pub Arc<api_key::Model>);

/// A key with which a program calls this API. Its secret is shown once, when the key is created.
#[Object]
impl ApiKey {
    /// The id of the key.
    pub(crate) async fn id(&self) -> Id<ApiKeyId> {
        Id(self.0.id)
    }

    /// What the key is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The part of the key that is not secret.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What a caller with the key may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// The partner that the key speaks for. Null: none.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<Partner>> {
        Partner::visible_if_some(ctx, self.0.partner_id).await
    }

    /// The customer that the key speaks for. Null: none.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Customer::visible_if_some(ctx, self.0.customer_id).await
    }

    /// When it was created.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it stops working by itself. Null: never.
    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Time)
    }

    /// When it was revoked. Null: it was not.
    async fn revoked_at(&self) -> Option<Time> {
        self.0.revoked_at.map(Time)
    }
}
