//! Giving a seller another secret for its messages about payments.

use entity::{TenantId, payment_callback, webhook_endpoint::Secrets};
use sea_orm::EntityTrait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    error::Outcome,
    services::{unit::Unit, webhooks::signature},
};

#[derive(Clone, Copy, Debug)]
pub struct RotatePaymentCallbackSecret;

/// A new secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct PaymentSecretMade {
    pub tenant_id: TenantId,
    /// The secret, told once: a retry of the same request gets none.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// Makes a secret with which messages about payments may be signed from now on: the first one, or one that takes the place
/// of the one before, which is good for a day more.
pub async fn rotate_payment_callback_secret(
    unit: &Unit,
    RotatePaymentCallbackSecret: RotatePaymentCallbackSecret,
) -> Outcome<PaymentSecretMade> {
    // Of two that make the first one, one knows of the other.
    let tenant_id = unit.lock_tenant().await?.id;
    let secret = signature::generate();
    let before = payment_callback::Entity::find_by_id(tenant_id).one(&unit.txn).await?;
    if let Some(mut row) = before {
        row.secrets = signature::rotated(row.secrets, &secret, unit.now);
        row.updated_at = unit.now;
        unit.save(row).await?;
    } else {
        let row = payment_callback::Model {
            tenant_id,
            secrets: signature::rotated(Secrets::default(), &secret, unit.now),
            created_at: unit.now,
            updated_at: unit.now,
        };
        unit.insert(row).await?;
    }
    Ok(PaymentSecretMade { tenant_id, secret: Some(secret) })
}
