//! Taking a key away.

use entity::{ApiKeyId, api_key};

use crate::{error::Outcome, services::unit::Unit, wakeups::Hint};

#[derive(Clone, Debug)]
pub struct RevokeApiKey {
    pub api_key_id: ApiKeyId,
}

/// Ends a key's rights; one that was revoked before stays so.
pub async fn revoke_api_key(unit: &Unit, command: RevokeApiKey) -> Outcome<ApiKeyId> {
    let id = command.api_key_id;
    let mut key = unit.lock::<api_key::Entity>(id).await?;
    if key.revoked_at.is_none() {
        key.revoked_at = Some(unit.now);
        unit.save(key).await?;
        unit.announce(Hint::RightsChanged(unit.viewer.tenant_id));
    }
    Ok(id)
}
