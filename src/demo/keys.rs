//! A key for each role, to try what it may see and do.

use chrono::TimeDelta;
use entity::Role;
use secrecy::SecretString;

use super::{Buyer, customers::Partner};
use crate::{
    error::Outcome,
    services::{
        api_keys::create::{CreateApiKey, create_api_key},
        unit::Unit,
    },
};

/// A key and whom it speaks for.
pub struct RoleKey {
    pub role: Role,
    pub secret: SecretString,
    /// The partner or customer; empty: the seller.
    pub speaks_for: String,
}

pub(super) async fn make(
    unit: &Unit,
    partners: &[Partner],
    buyers: &[Buyer],
) -> Outcome<Vec<RoleKey>> {
    let mut keys = Vec::with_capacity(Role::ALL.len());
    for role in Role::ALL.iter().copied() {
        let partner = partners.first().filter(|_| role == Role::Partner);
        let customer = buyers.first().filter(|_| role == Role::Customer);
        let speaks_for = match (partner, customer) {
            (Some(partner), _) => partner.name,
            (None, Some(customer)) => customer.name,
            (None, None) => "",
        };
        let command = CreateApiKey {
            name: format!("Demo key for {role}"),
            role,
            partner_id: partner.map(|partner| partner.id),
            customer_id: customer.map(|customer| customer.customer_id),
            expires_at: Some(unit.now + super::AGE + TimeDelta::days(365)),
        };
        let created = create_api_key(unit, command).await?;
        let secret = created.secret.ok_or_else(|| anyhow::anyhow!("a new key has no secret"))?;
        keys.push(RoleKey { role, secret, speaks_for: speaks_for.to_owned() });
    }
    Ok(keys)
}
