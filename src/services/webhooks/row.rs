//! An endpoint's row: enabled, disabled, and told to the log.

use entity::{EventKind, WebhookDisabledReason, WebhookStatus, webhook_endpoint};

use crate::{
    error::Outcome,
    events::log::{NewEvent, Subject},
    services::unit::Unit,
};

/// Has events posted from where the endpoint is. Changes nothing about one that is enabled.
pub(super) async fn enable(unit: &Unit, endpoint: &mut webhook_endpoint::Model) -> Outcome<()> {
    if endpoint.status == WebhookStatus::Enabled {
        return Ok(());
    }
    endpoint.status = WebhookStatus::Enabled;
    endpoint.disabled_reason = None;
    begin_afresh(unit, endpoint);
    let event = about(EventKind::WebhookEnabled, endpoint)
        .with_statuses(Some(WebhookStatus::Disabled.as_str()), WebhookStatus::Enabled.as_str());
    Ok(unit.record(event).await?)
}

/// Has nothing posted any more. Changes nothing about one that is disabled, and so keeps the first reason.
pub(super) async fn disable(
    unit: &Unit,
    endpoint: &mut webhook_endpoint::Model,
    reason: WebhookDisabledReason,
) -> Outcome<()> {
    if endpoint.status == WebhookStatus::Disabled {
        return Ok(());
    }
    endpoint.status = WebhookStatus::Disabled;
    endpoint.disabled_reason = Some(reason);
    endpoint.version += 1;
    endpoint.updated_at = unit.now;
    let event = about(EventKind::WebhookDisabled, endpoint)
        .with_statuses(Some(WebhookStatus::Enabled.as_str()), WebhookStatus::Disabled.as_str())
        .with_reason(Some(reason.as_str().to_owned()));
    Ok(unit.record(event).await?)
}

/// Forgets failures: the next event goes at once.
pub(super) fn begin_afresh(unit: &Unit, endpoint: &mut webhook_endpoint::Model) {
    endpoint.failures = 0;
    endpoint.failing_since = None;
    endpoint.next_try_at = unit.now;
}

/// An event about an endpoint. Of a partner's, the partner hears as well.
fn about(kind: EventKind, endpoint: &webhook_endpoint::Model) -> NewEvent {
    NewEvent::about(kind, Subject::WebhookEndpoint(endpoint.id), None, endpoint.partner_id)
}
