//! One seller's isolated world.

use async_graphql::{Context, Object};
use entity::{TenantId, tenant};

use super::enums::TenantKind;
use crate::{
    graphql::{
        context::viewer,
        error::Result,
        id::Id,
        loaders::{by_id::TenantById, load},
        scalars::{Time, int},
    },
    viewer::Scope,
};

/// A view of a tenant.
#[derive(Clone, Debug)]
pub struct Tenant(pub tenant::Model);

impl Tenant {
    /// The tenant with this id, if it is the viewer's own.
    pub async fn visible(ctx: &Context<'_>, id: TenantId) -> Result<Option<Self>> {
        Ok(load(ctx, TenantById(id)).await?.map(Self))
    }
}

/// One seller's isolated world: its own catalogue, partners, customers, orders and keys.
#[Object]
impl Tenant {
    /// The id of the tenant.
    pub(crate) async fn id(&self) -> Id<TenantId> {
        Id(self.0.id)
    }

    /// The name of the seller.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether its orders are real.
    async fn kind(&self) -> TenantKind {
        self.0.kind.into()
    }

    /// The currency of agreements and orders that name none, as ISO 4217 spells it.
    async fn default_currency(&self) -> &str {
        &self.0.default_currency
    }

    /// How the seller does business. Null for callers who speak for a partner or a customer.
    async fn settings(&self, ctx: &Context<'_>) -> Result<Option<TenantSettings>> {
        let works_for_seller = viewer(ctx)?.scope == Scope::Tenant;
        Ok(works_for_seller.then(|| TenantSettings(self.0.clone())))
    }

    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    async fn version(&self) -> Result<i32> {
        int(self.0.version)
    }

    /// When it was created.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// A view of a tenant's settings.
#[derive(Clone, Debug)]
pub struct TenantSettings(tenant::Model);

/// How a seller does business.
#[Object]
impl TenantSettings {
    /// Whether every submitted order waits for the seller's approval.
    async fn approval_required(&self) -> bool {
        self.0.approval_required
    }

    /// Days after which an unanswered approval lapses and cancels the order. Null: never.
    async fn approval_lapse_days(&self) -> Option<i32> {
        self.0.approval_lapse_days
    }

    /// Days between issue and due date of an invoice.
    async fn payment_terms_days(&self) -> i32 {
        self.0.payment_terms_days
    }
}
