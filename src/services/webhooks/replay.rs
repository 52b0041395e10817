//! Going on from another place in the log.

use entity::{WebhookEndpointId, WebhookPurpose, webhook_endpoint};

use super::row;
use crate::{
    error::{Outcome, Refusal},
    events::{cursor::Cursor, log},
    services::{unit::Unit, validate},
};

#[derive(Clone, Copy, Debug)]
pub struct ReplayWebhookEvents {
    pub webhook_endpoint_id: WebhookEndpointId,
    pub expected_version: Option<i64>,
    /// Goes on with what follows.
    pub after: Cursor,
}

/// Has the endpoint go on behind a cursor: what it has had since is posted again, and what lies between is left out. One
/// that is disabled goes on from there once it is enabled.
pub async fn replay_webhook_events(
    unit: &Unit,
    command: ReplayWebhookEvents,
) -> Outcome<WebhookEndpointId> {
    let mut endpoint = unit.lock::<webhook_endpoint::Entity>(command.webhook_endpoint_id).await?;
    validate::version(command.expected_version, endpoint.version)?;
    if endpoint.purpose != WebhookPurpose::Events {
        let message = "No events are posted to this endpoint: it carries order lines out.";
        return Err(Refusal::invalid("id", message).into());
    }
    let log = log::extent(&unit.txn, endpoint.tenant_id).await?;
    let Cursor { epoch, position } = command.after;
    if epoch != log.epoch || position > log.latest {
        let message = "This cursor is of another log than there is now. Take one of an event.";
        return Err(Refusal::invalid("after", message).into());
    }
    if position + 1 < log.earliest {
        let earliest = log.earliest_cursor();
        let message = format!("What follows is no longer kept. The earliest cursor is {earliest}.");
        return Err(Refusal::invalid("after", message).into());
    }
    let id = endpoint.id;
    endpoint.position = position;
    row::begin_afresh(unit, &mut endpoint);
    endpoint.version += 1;
    endpoint.updated_at = unit.now;
    unit.save(endpoint).await?;
    Ok(id)
}
