//! Products whose lines are carried out by a webhook: which endpoint it is, and how long it may take.

use entity::{Provisioning, WebhookEndpointId, WebhookPurpose, product, webhook_endpoint};

use crate::{
    access,
    error::{Outcome, Refusal, Refusals},
    services::{change::Change, unit::Unit, validate},
};

const ENDPOINT: &str = "provisioningEndpointId";
const MINUTES: &str = "answerWithinMinutes";
/// A day.
const USUAL: i32 = 24 * 60;
/// Thirty days.
const LONGEST: i32 = 30 * 24 * 60;

/// What a caller says of it.
#[derive(Clone, Debug, Default)]
pub struct ByWebhook {
    pub endpoint_id: Change<WebhookEndpointId>,
    pub answer_within_minutes: Change<i32>,
}

/// Puts it into a product, which says already how it is provisioned. What is not carried out by a webhook has neither.
pub(super) async fn put(
    unit: &Unit,
    product: &mut product::Model,
    new: ByWebhook,
    refusals: &mut Refusals,
) -> Outcome<()> {
    let ByWebhook { endpoint_id, answer_within_minutes } = new;
    if product.provisioning != Provisioning::Webhook {
        let mut refuse = |field, is_set| {
            if is_set {
                let message = "Only a product that is provisioned by WEBHOOK has this.";
                refusals.push(Refusal::invalid(field, message));
            }
        };
        refuse(ENDPOINT, matches!(endpoint_id, Change::Set(_)));
        refuse(MINUTES, matches!(answer_within_minutes, Change::Set(_)));
        product.provisioning_endpoint_id = None;
        product.answer_within_minutes = None;
        return Ok(());
    }
    match endpoint_id {
        Change::Keep => {}
        Change::Clear => product.provisioning_endpoint_id = None,
        Change::Set(id) => {
            product.provisioning_endpoint_id = refusals.collect(check(unit, id).await?);
            if product.provisioning_endpoint_id.is_none() {
                return Ok(());
            }
        }
    }
    if product.provisioning_endpoint_id.is_none() {
        let message = "Name the webhook endpoint that carries the product's lines out.";
        refusals.push(Refusal::invalid(ENDPOINT, message));
    }
    let minutes = match answer_within_minutes {
        Change::Keep => product.answer_within_minutes.unwrap_or(USUAL),
        Change::Clear => USUAL,
        Change::Set(minutes) => refusals.value(validate::between(MINUTES, minutes, 1..=LONGEST)),
    };
    product.answer_within_minutes = Some(minutes);
    Ok(())
}

/// The endpoint is there, and is for lines. Nobody takes it away before this work has ended.
async fn check(unit: &Unit, id: WebhookEndpointId) -> Outcome<Result<WebhookEndpointId, Refusal>> {
    let not_found = || access::not_found::<webhook_endpoint::Entity>(ENDPOINT);
    let Some(endpoint) = unit.lock_if_there::<webhook_endpoint::Entity>(id).await? else {
        return Ok(Err(not_found()));
    };
    Ok(match endpoint.purpose {
        WebhookPurpose::Provisioning => Ok(id),
        WebhookPurpose::Events => {
            let message =
                "Events are posted to this endpoint. Name one whose purpose is PROVISIONING.";
            Err(Refusal::invalid(ENDPOINT, message))
        }
    })
}
