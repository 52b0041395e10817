//! Changing an endpoint, enabling or disabling it.

use entity::{
    EventKind, WebhookDisabledReason, WebhookEndpointId, WebhookPurpose, WebhookStatus,
    webhook_endpoint,
};
use url::Url;

use super::{
    row,
    terms::{self, Document},
};
use crate::{
    error::{Outcome, Refusal, Refusals},
    events::log,
    services::{change::Change, unit::Unit, validate},
};

#[derive(Clone, Debug)]
pub struct UpdateWebhookEndpoint {
    pub webhook_endpoint_id: WebhookEndpointId,
    pub expected_version: Option<i64>,
    /// As it was looked at, or what is wrong with it.
    pub url: Change<Result<Url, String>>,
    pub kinds: Change<Vec<EventKind>>,
    /// What is told, as it was read.
    pub document: Change<Document>,
    pub status: Change<WebhookStatus>,
}

/// Changes the fields named. An endpoint that is enabled again goes on from where it was.
pub async fn update_webhook_endpoint(
    unit: &Unit,
    command: UpdateWebhookEndpoint,
) -> Outcome<WebhookEndpointId> {
    let id = command.webhook_endpoint_id;
    let seen = unit.lock::<webhook_endpoint::Entity>(id).await?;
    validate::version(command.expected_version, seen.version)?;

    let mut endpoint = seen.clone();
    let (mut refusals, mut status) = (Refusals::default(), seen.status);
    let found_url = |field: &str, url| terms::found(field, url).map(String::from);
    refusals.value(command.url.put(&mut endpoint.url, "url", found_url));
    let kinds = |field: &str, kinds| terms::kinds(seen.purpose, field, kinds);
    refusals.value(command.kinds.put(&mut endpoint.kinds, "kinds", kinds));
    let found = |field: &str, document: Option<Document>| {
        document.map(|document| document.suiting(seen.purpose, field)).transpose()
    };
    refusals.value(command.document.put_optional(&mut endpoint.document, "document", found));
    refusals.value(command.status.put(&mut status, "status", validate::any));
    let is_enabled = status == WebhookStatus::Enabled && seen.status == WebhookStatus::Disabled;
    if is_enabled && seen.purpose == WebhookPurpose::Events {
        let log = log::extent(&unit.txn, seen.tenant_id).await?;
        if seen.position + 1 < log.earliest {
            let message = "Some of the events that it has not had are no longer kept. Say first with \
                           replayWebhookEvents from where it is to go on.";
            refusals.push(Refusal::invalid("status", message));
        }
    }
    refusals.done()?;

    if endpoint.url != seen.url {
        row::begin_afresh(unit, &mut endpoint);
    }
    match status {
        WebhookStatus::Enabled => row::enable(unit, &mut endpoint).await?,
        WebhookStatus::Disabled => {
            row::disable(unit, &mut endpoint, WebhookDisabledReason::ByOwner).await?;
        }
    }
    if endpoint != seen {
        endpoint.version = seen.version + 1;
        endpoint.updated_at = unit.now;
        unit.save(endpoint).await?;
    }
    Ok(id)
}
