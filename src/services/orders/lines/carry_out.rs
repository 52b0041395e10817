//! What a completed line does to its subscription, and what follows from that.

use domain::subscription_life;
use entity::{OrderAction, offer, order, order_line, subscription};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        billing::{
            Origin,
            activate::activate,
            change::{self, NewChange},
        },
        licenses,
        seller::Seller,
        subscriptions,
        unit::Unit,
    },
};

/// Applies the line's action, now or, where the line says so, on a later day. Whoever goes on after a refusal undoes what was
/// written by then.
///
/// Refuses with `SUBSCRIPTION_NOT_MODIFIABLE` where the subscription's status does not allow it, with
/// `CANCELLATION_PENDING`, and as billing does, with `BILLING_ON_HOLD`, `BILLING_LIMIT_EXCEEDED`, `TAX_RATE_MISSING` and
/// `AMOUNT_TOO_LARGE`.
pub(super) async fn carry_out(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
) -> Outcome<()> {
    let id = line
        .subscription_id
        .ok_or_else(|| anyhow::anyhow!("line {} was submitted without a subscription", line.id))?;
    let mut subscription = subscriptions::row::lock(unit, id).await?;
    if subscription_life::next(subscription.status, line.action).is_none() {
        let message = format!("Subscription {} is {}.", subscription.number, subscription.status);
        return Err(Refusal::new(RefusalCode::SubscriptionNotModifiable, message).into());
    }
    // Written with what the line does to it.
    if line.activation.is_some() {
        subscription.activation.clone_from(&line.activation);
    }
    let seller = Seller::load(unit).await?;
    let origin = Origin {
        order_id: Some(order.id),
        line_id: Some(line.id),
        external_reference: order.external_reference.clone(),
        reason: order.reference.clone(),
    };
    if line.action == OrderAction::Buy {
        return Box::pin(buy(unit, &seller, line, &mut subscription, &origin)).await;
    }
    let new = NewChange {
        kind: change::kind(line.action, line.auto_renew.is_some()),
        time: line.change_time,
        on: line.change_on,
        quantity: changes_quantity(line).then_some(line.quantity),
        offer: line.plan_instance.clone().map(|instance| (line.offer_id, instance)),
        keep_anchor: line.keep_anchor,
        auto_renew: line.auto_renew,
        pending_cancellation: line.pending_cancellation,
    };
    // What billing holds while it waits is too much for the stack of those who wait for it.
    Box::pin(change::change(unit, &seller, &mut subscription, new, &origin)).await
}

/// Whether a line asks for another quantity, and not only for another offer.
fn changes_quantity(line: &order_line::Model) -> bool {
    line.action == OrderAction::Change && line.previous_quantity != Some(line.quantity)
}

/// The subscription begins, with a license where the offer has an edition.
async fn buy(
    unit: &Unit,
    seller: &Seller,
    line: &order_line::Model,
    subscription: &mut subscription::Model,
    origin: &Origin,
) -> Outcome<()> {
    let offer = unit.related::<offer::Entity>(line.offer_id).await?;
    activate(unit, seller, subscription, line.starts_on, origin).await?;
    match offer.edition_id {
        Some(edition) => licenses::row::issue(unit, line.order_id, subscription, edition).await,
        None => Ok(()),
    }
}
