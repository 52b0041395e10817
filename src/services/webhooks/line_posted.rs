//! Keeping that a line was posted to an endpoint that carries lines out.

use domain::webhook_tries::Came;
use entity::{
    OrderLineId, WebhookDeliveryId, WebhookEndpointId, WebhookStatus, webhook_delivery,
    webhook_endpoint,
};

use super::{
    attempt::{Posted, count_failure, delivery},
    row,
};
use crate::{error::Outcome, services::unit::Unit};

/// A line that was posted.
#[derive(Clone, Debug)]
pub struct LinePosted {
    pub webhook_endpoint_id: WebhookEndpointId,
    pub line_id: OrderLineId,
    /// How often it was posted by now.
    pub post: i32,
    pub posted: Posted,
    /// Why an answer could not be taken.
    pub wrong: Option<String>,
}

/// Keeps what came of it. An endpoint that says that it is gone, or fails for days, is disabled.
///
/// `dice` is a random number from 0 to 1.
pub async fn keep_line_posted(unit: &Unit, command: LinePosted, dice: f64) -> Outcome<()> {
    let LinePosted { webhook_endpoint_id, line_id, post, posted, wrong } = command;
    let Some(mut endpoint) =
        unit.lock_if_there::<webhook_endpoint::Entity>(webhook_endpoint_id).await?
    else {
        return Ok(());
    };
    let came = if wrong.is_some() { Came::Failed } else { posted.came() };
    let plain = delivery(unit, &endpoint, WebhookDeliveryId::new(unit.now), posted);
    let delivery = webhook_delivery::Model {
        order_line_id: Some(line_id),
        attempt: post,
        delivered: came == Came::Delivered,
        error: wrong.or(plain.error),
        // What was taken, or nearly, may be a key that the vendor returns.
        answer: plain.answer.filter(|_| !plain.delivered),
        ..plain
    };
    unit.insert(delivery).await?;
    if endpoint.status == WebhookStatus::Disabled {
        return Ok(());
    }
    if came != Came::Delivered {
        count_failure(unit, &mut endpoint, came, dice).await?;
    } else if endpoint.failures > 0 {
        row::begin_afresh(unit, &mut endpoint);
    } else {
        return Ok(());
    }
    Ok(unit.save(endpoint).await?)
}
