//! Setting an endpoint up.

use entity::{
    EventKind, PartnerId, WebhookEndpointId, WebhookStatus, partner, webhook_endpoint,
    webhook_endpoint::Secrets,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{MOST_OF_PARTNER, MOST_OF_SELLER, signature, terms};
use crate::{
    access,
    error::{Outcome, Refusal, RefusalCode, Refusals},
    events::log,
    services::unit::Unit,
};

#[derive(Clone, Debug)]
pub struct CreateWebhookEndpoint {
    /// The partner whose it is to be. Left out: the caller's own partner, or the seller itself.
    pub partner_id: Option<PartnerId>,
    /// As it was looked at, or what is wrong with it.
    pub url: Result<Url, String>,
    pub kinds: Vec<EventKind>,
    /// What is told of an event, as it was read, or what is wrong with it.
    pub document: Option<Result<String, String>>,
}

/// A new endpoint, or a new secret of one.
#[derive(Debug, Serialize, Deserialize)]
pub struct SecretMade {
    pub id: WebhookEndpointId,
    /// The secret, told once: a retry of the same request gets none.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// Sets an endpoint up, to which goes what happens from now on.
pub async fn create_webhook_endpoint(
    unit: &Unit,
    command: CreateWebhookEndpoint,
) -> Outcome<SecretMade> {
    let partner_id = match (command.partner_id, unit.viewer.partner()) {
        (Some(wanted), Some(own)) if wanted != own => {
            return Err(access::not_found::<partner::Entity>("partnerId").into());
        }
        (wanted, own) => wanted.or(own),
    };
    let mut refusals = Refusals::default();
    if let Some(id) = partner_id {
        refusals.collect(unit.require::<partner::Entity>(id, "partnerId").await?);
    }
    let url = refusals.collect(terms::found("url", command.url));
    let kinds = refusals.value(terms::kinds("kinds", command.kinds));
    let document = command.document.map(|document| terms::found("document", document));
    let document = refusals.value(document.transpose());
    refusals.done()?;
    let Some(url) = url else { return Err(anyhow::anyhow!("an address was not looked at").into()) };

    // So that two at once do not both become the last one.
    unit.lock_tenant().await?;
    let (owners, most) = match partner_id {
        Some(id) => (webhook_endpoint::Column::PartnerId.eq(id), MOST_OF_PARTNER),
        None => (webhook_endpoint::Column::PartnerId.is_null(), MOST_OF_SELLER),
    };
    let there_are = webhook_endpoint::Entity::find()
        .filter(webhook_endpoint::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(owners)
        .count(&unit.txn)
        .await?;
    if there_are >= most {
        let message = format!("There are {most} webhook endpoints already, and no more can be.");
        return Err(Refusal::new(RefusalCode::TooManyWebhookEndpoints, message).into());
    }
    let id = WebhookEndpointId::new(unit.now);
    let secret = signature::generate();
    let row = webhook_endpoint::Model {
        id,
        tenant_id: unit.viewer.tenant_id,
        partner_id,
        url: url.into(),
        kinds,
        document,
        secrets: signature::rotated(Secrets::default(), &secret, unit.now),
        status: WebhookStatus::Enabled,
        disabled_reason: None,
        position: log::extent(&unit.txn, unit.viewer.tenant_id).await?.latest,
        failures: 0,
        failing_since: None,
        next_try_at: unit.now,
        test_requested_at: None,
        version: 1,
        created_at: unit.now,
        updated_at: unit.now,
    };
    webhook_endpoint::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(&unit.txn)
        .await?;
    Ok(SecretMade { id, secret: Some(secret) })
}
