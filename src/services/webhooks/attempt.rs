//! Keeping what came of an attempt to post an event, and what follows from it.

use std::time::Duration;

use domain::webhook_tries::{Came, Failures, Then, then};
use entity::{
    EventId, WebhookDeliveryId, WebhookDisabledReason, WebhookEndpointId, WebhookStatus,
    webhook_delivery, webhook_endpoint,
};

use super::row;
use crate::{
    error::Outcome,
    planted::{self, Fault},
    services::unit::Unit,
};

/// An attempt that was made.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub webhook_endpoint_id: WebhookEndpointId,
    pub event_id: EventId,
    pub position: i64,
    /// Where the endpoint was when the attempt began, and its version.
    pub from: i64,
    pub version: i64,
    pub posted: Posted,
}

/// What came of a message.
#[derive(Clone, Debug)]
pub struct Posted {
    /// What was answered; or why there was no answer, for a person.
    pub answer: Result<Answered, String>,
    pub took: Duration,
}

#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub beginning: String,
}

impl Posted {
    pub fn is_delivered(&self) -> bool {
        self.came() == Came::Delivered
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().ok().map(|answered| answered.status)
    }

    pub(super) fn came(&self) -> Came {
        if planted::is(Fault::WebhookUnanswered) {
            return Came::Delivered;
        }
        Came::of(self.status())
    }
}

/// Keeps an attempt. True if the endpoint can go on with the next event: not if the event was not delivered, or if
/// somebody has changed the endpoint meanwhile; then the event is posted again.
///
/// `dice` is a random number from 0 to 1.
pub async fn keep_attempt(unit: &Unit, attempt: Attempt, dice: f64) -> Outcome<bool> {
    let Some(mut endpoint) =
        unit.lock_if_there::<webhook_endpoint::Entity>(attempt.webhook_endpoint_id).await?
    else {
        return Ok(false);
    };
    let came = attempt.posted.came();
    let delivery = webhook_delivery::Model {
        event_id: Some(attempt.event_id),
        position: Some(attempt.position),
        attempt: endpoint.failures.saturating_add(1),
        ..delivery(unit, &endpoint, WebhookDeliveryId::new(unit.now), attempt.posted)
    };
    unit.insert(delivery).await?;
    // Somebody has changed it meanwhile: what was answered before says nothing of it as it is now.
    let is_as_before = endpoint.version == attempt.version && endpoint.position == attempt.from;
    if !is_as_before || endpoint.status == WebhookStatus::Disabled {
        return Ok(false);
    }
    if came == Came::Delivered {
        endpoint.position = attempt.position;
        row::begin_afresh(unit, &mut endpoint);
    } else {
        count_failure(unit, &mut endpoint, came, dice).await?;
    }
    unit.save(endpoint).await?;
    Ok(came == Came::Delivered)
}

/// Counts a failure of an endpoint, which pauses or is disabled.
pub(super) async fn count_failure(
    unit: &Unit,
    endpoint: &mut webhook_endpoint::Model,
    came: Came,
    dice: f64,
) -> Outcome<()> {
    let before = Failures { count: endpoint.failures, since: endpoint.failing_since };
    match then(came, before, unit.now, dice) {
        Then::GoOn => {}
        Then::TryAgain { failures, at } => {
            fail(endpoint, failures);
            endpoint.next_try_at = at;
        }
        Then::Disable { failures, reason } => {
            fail(endpoint, failures);
            row::disable(unit, endpoint, reason).await?;
        }
    }
    Ok(())
}

fn fail(endpoint: &mut webhook_endpoint::Model, failures: Failures) {
    endpoint.failures = failures.count;
    endpoint.failing_since = failures.since;
}

/// Disables an endpoint that was to go on from `from`: the events that follow are no longer kept.
pub async fn disable_for_gap(
    unit: &Unit,
    webhook_endpoint_id: WebhookEndpointId,
    from: i64,
) -> Outcome<()> {
    let Some(mut endpoint) =
        unit.lock_if_there::<webhook_endpoint::Entity>(webhook_endpoint_id).await?
    else {
        return Ok(());
    };
    if endpoint.position == from {
        row::disable(unit, &mut endpoint, WebhookDisabledReason::EventsGone).await?;
        unit.save(endpoint).await?;
    }
    Ok(())
}

/// What is kept of a message; of a test, where nothing else is said.
pub(super) fn delivery(
    unit: &Unit,
    endpoint: &webhook_endpoint::Model,
    id: WebhookDeliveryId,
    posted: Posted,
) -> webhook_delivery::Model {
    let delivered = posted.is_delivered();
    let (answered, error) = match posted.answer {
        Ok(answered) => (Some(answered), None),
        Err(error) => (None, Some(error)),
    };
    webhook_delivery::Model {
        id,
        tenant_id: endpoint.tenant_id,
        endpoint_id: endpoint.id,
        event_id: None,
        order_line_id: None,
        position: None,
        attempt: 1,
        delivered,
        status_code: answered.as_ref().map(|answered| i32::from(answered.status)),
        error,
        answer: answered.map(|answered| answered.beginning),
        took_ms: i32::try_from(posted.took.as_millis()).unwrap_or(i32::MAX),
        created_at: unit.now,
    }
}
