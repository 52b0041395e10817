//! Making a key for a caller.

use chrono::{DateTime, Utc};
use entity::{ApiKeyId, CustomerId, PartnerId, Role, api_key, customer, partner};
use sea_orm::{ActiveValue::Set, EntityTrait};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    auth::ApiKeySecret,
    error::{Outcome, Refusal, Refusals},
    services::{unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct CreateApiKey {
    /// What people call the key.
    pub name: String,
    pub role: Role,
    /// The partner that the caller speaks for: required for PARTNER, possible for APPROVER.
    pub partner_id: Option<PartnerId>,
    /// The customer that the caller speaks for: required for CUSTOMER.
    pub customer_id: Option<CustomerId>,
    /// None: until it is revoked.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A new key.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApiKeyCreated {
    pub id: ApiKeyId,
    /// The whole key, told once: a retry of the same request gets none.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

pub async fn create_api_key(unit: &Unit, command: CreateApiKey) -> Outcome<ApiKeyCreated> {
    let mut refusals = Refusals::default();
    let name = refusals.value(validate::name("name", command.name));
    let (partner_id, customer_id) = (command.partner_id, command.customer_id);
    let (partner, customer) = speaks_for(command.role);
    refusals.value(partner.met("partnerId", partner_id.is_some(), command.role));
    refusals.value(customer.met("customerId", customer_id.is_some(), command.role));
    if command.expires_at.is_some_and(|expires_at| expires_at <= unit.now) {
        refusals.push(Refusal::invalid("expiresAt", "A key expires at a time yet to come."));
    }
    if let Some(id) = partner_id {
        refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
    }
    if let Some(id) = customer_id {
        refusals.collect(unit.require::<customer::Entity>(id, "customerId").await?);
    }
    refusals.done()?;

    let id = ApiKeyId::new(unit.now);
    let secret = ApiKeySecret::generate();
    let row = api_key::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        name: Set(name),
        prefix: Set(secret.prefix),
        secret_hash: Set(secret.hash),
        role: Set(command.role),
        partner_id: Set(partner_id),
        customer_id: Set(customer_id),
        created_at: Set(unit.now),
        expires_at: Set(command.expires_at),
        revoked_at: Set(None),
    };
    api_key::Entity::insert(row).exec_without_returning(&unit.txn).await?;
    Ok(ApiKeyCreated { id, secret: Some(secret.text) })
}

/// Whether a key of a role names a partner or customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Always,
    Perhaps,
    Never,
}

impl Named {
    fn met(self, field: &str, named: bool, role: Role) -> Result<(), Refusal> {
        match (self, named) {
            (Self::Always, true) | (Self::Perhaps, _) | (Self::Never, false) => Ok(()),
            (Self::Always, false) => {
                Err(Refusal::invalid(field, format!("A key with the role {role} needs this.")))
            }
            (Self::Never, true) => Err(Refusal::invalid(
                field,
                format!("A key with the role {role} cannot have this."),
            )),
        }
    }
}

/// Whether a key of the role names a partner, and whether a customer.
fn speaks_for(role: Role) -> (Named, Named) {
    match role {
        Role::Partner => (Named::Always, Named::Never),
        Role::Approver => (Named::Perhaps, Named::Never),
        Role::Customer => (Named::Never, Named::Always),
        Role::Admin | Role::Seller | Role::Provisioner | Role::Auditor => {
            (Named::Never, Named::Never)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partners_key_names_the_partner_and_a_customers_key_the_customer() {
        for role in Role::ALL.iter().copied() {
            let (partner, customer) = speaks_for(role);
            assert_eq!(partner.met("partnerId", false, role).is_err(), role == Role::Partner);
            assert_eq!(customer.met("customerId", false, role).is_err(), role == Role::Customer);
            let reaches_a_partner = matches!(role, Role::Partner | Role::Approver);
            assert_eq!(partner.met("partnerId", true, role).is_ok(), reaches_a_partner);
            assert_eq!(customer.met("customerId", true, role).is_ok(), role == Role::Customer);
        }
    }
}
