//! Who may say over HTTP what came of a payment: whoever has the seller's secret.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::{ActorKind, Role, TenantId, payment_callback};
use sea_orm::{DbErr, EntityTrait};

use crate::{
    app::App,
    services::webhooks::signature::{self, Signed},
};

/// How far the time that a message was signed at may be from now: one that somebody has kept is good for no longer.
pub const GOOD_FOR: TimeDelta = TimeDelta::minutes(5);

/// Whoever has signed a message with the secret of a tenant; none: nobody who has it.
pub async fn follow(
    app: &App,
    tenant_id: TenantId,
    message: Signed<'_>,
) -> Result<Option<Arc<Viewer>>, DbErr> {
    let row = payment_callback::Entity::find_by_id(tenant_id).one(app.store.readers()).await?;
    let Some(row) = row else { return Ok(None) };
    let now = app.clock.now();
    let is_signed = signature::is_signed(&row.secrets, now, GOOD_FOR, message);
    Ok(is_signed.then(|| integration_of(tenant_id).into()))
}

/// The seller's integration with its payment provider: it speaks for the seller.
fn integration_of(tenant_id: TenantId) -> Viewer {
    Viewer {
        tenant_id,
        role: Role::Seller,
        scope: Scope::Tenant,
        subject: "payments".to_owned(),
        kind: ActorKind::PaymentCallback,
        expires_at: None,
    }
}
