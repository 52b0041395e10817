//! Setting an endpoint up.

use entity::{
    EventKind, PartnerId, WebhookEndpointId, WebhookPurpose, WebhookStatus, webhook_endpoint,
    webhook_endpoint::Secrets,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    MOST_OF_PARTNER, MOST_OF_SELLER, signature,
    terms::{self, Document},
};
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    events::log,
    services::{
        keeper::{self, keeper},
        unit::Unit,
    },
};

#[derive(Clone, Debug)]
pub struct CreateWebhookEndpoint {
    /// The partner whose it is to be. Left out: the caller's own partner, or the seller itself.
    pub partner_id: Option<PartnerId>,
    /// As it was looked at, or what is wrong with it.
    pub url: Result<Url, String>,
    pub purpose: WebhookPurpose,
    pub kinds: Vec<EventKind>,
    /// What is told, as it was read.
    pub document: Option<Document>,
}

/// A new endpoint, or a new secret of one.
#[derive(Debug, Serialize, Deserialize)]
pub struct SecretMade {
    pub id: WebhookEndpointId,
    /// The secret, told once: a retry of the same request gets none.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// Sets an endpoint up, to which goes what happens from now on, or the lines of the products that name it.
pub async fn create_webhook_endpoint(
    unit: &Unit,
    command: CreateWebhookEndpoint,
) -> Outcome<SecretMade> {
    let mut refusals = Refusals::default();
    let partner_id = keeper(unit, command.partner_id, &mut refusals).await?;
    let url = refusals.collect(terms::found("url", command.url));
    let purpose = command.purpose;
    if purpose == WebhookPurpose::Provisioning && partner_id.is_some() {
        let message = "Only the seller's own endpoints carry order lines out.";
        refusals.push(Refusal::invalid("purpose", message));
    }
    let kinds = refusals.value(terms::kinds(purpose, "kinds", command.kinds));
    let document = command.document.map(|document| document.suiting(purpose, "document"));
    let document = refusals.value(document.transpose());
    refusals.done()?;
    let Some(url) = url else { return Err(anyhow::anyhow!("an address was not looked at").into()) };

    check_room(unit, partner_id).await?;
    let id = WebhookEndpointId::new(unit.now);
    let secret = signature::generate();
    let row = webhook_endpoint::Model {
        id,
        tenant_id: unit.viewer.tenant_id,
        partner_id,
        url: url.into(),
        purpose,
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
    unit.insert(row).await?;
    Ok(SecretMade { id, secret: Some(secret) })
}

/// Whether there may be one more.
async fn check_room(unit: &Unit, keeper: Option<PartnerId>) -> Outcome<()> {
    let most = if keeper.is_some() { MOST_OF_PARTNER } else { MOST_OF_SELLER };
    let message = format!("There are {most} webhook endpoints already, and no more can be.");
    let full = Refusal::new(RefusalCode::TooManyWebhookEndpoints, message);
    let endpoints = webhook_endpoint::Entity::find()
        .filter(webhook_endpoint::Column::TenantId.eq(unit.viewer.tenant_id));
    let column = webhook_endpoint::Column::PartnerId;
    keeper::check_room(unit, endpoints, column, keeper, most, full).await
}
