//! What a completed line does to its subscription, and what follows from that.

use chrono::{DateTime, Days, Utc};
use domain::subscription_life;
use entity::{OrderAction, offer, order, order_line, subscription};

use super::{cancelled, parents::check_active};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        billing::{
            Origin,
            activate::activate,
            add_ons::anchor_of,
            change::{self, NewChange},
            with_add_ons,
        },
        licenses,
        seller::Seller,
        subscriptions,
        unit::Unit,
    },
};

/// Applies the line's action, now or, where the line says so, on a later day, and gives until when what it bought can be taken
/// back. Whoever goes on after a refusal undoes what was written by then.
///
/// Refuses with `SUBSCRIPTION_NOT_MODIFIABLE` where the subscription's status does not allow it, with `PARENT_NOT_ACTIVE`, with
/// `LINE_STATUS_CONFLICT` where it cancels a line that is cancelled already, with `CANCELLATION_PENDING`, and as billing does,
/// with `BILLING_ON_HOLD`, `BILLING_LIMIT_EXCEEDED`, `TAX_RATE_MISSING` and `AMOUNT_TOO_LARGE`.
pub(super) async fn carry_out(
    unit: &Unit,
    order: &order::Model,
    line: &order_line::Model,
) -> Outcome<Option<DateTime<Utc>>> {
    let id = line
        .subscription_id
        .ok_or_else(|| anyhow::anyhow!("line {} was submitted without a subscription", line.id))?;
    // Orders are locked before anything else.
    let cancelled = match line.cancels_line_id {
        Some(id) => Some(cancelled::lock(unit, id).await?),
        None => None,
    };
    // Before the add-on itself, as everybody does.
    let parent = match line.parent_subscription_id {
        Some(parent) => Some(subscriptions::row::lock(unit, parent).await?),
        None => None,
    };
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
        let buying = buy(unit, &seller, line, parent.as_ref(), &mut subscription, &origin);
        Box::pin(buying).await?;
        return cancellable_until(unit, &seller);
    }
    if let Some(cancelled) = cancelled {
        cancelled.undo(unit, origin.reason.clone()).await?;
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
        undoes: line.cancels_line_id.is_some(),
        follows: None,
    };
    // What billing holds while it waits is too much for the stack of those who wait for it.
    Box::pin(with_add_ons::change(unit, &seller, &mut subscription, new, &origin)).await?;
    Ok(None)
}

/// Until when what is bought now can be taken back: as many whole days as the seller gives, in its time zone.
fn cancellable_until(unit: &Unit, seller: &Seller) -> Outcome<Option<DateTime<Utc>>> {
    let Ok(days @ 1..) = u64::try_from(seller.tenant.line_cancellation_days) else {
        return Ok(None);
    };
    let after = seller.day(unit.now)?.checked_add_days(Days::new(days + 1));
    after.map(|day| seller.begins(day)).transpose()
}

/// Whether a line asks for another quantity, and not only for another offer.
fn changes_quantity(line: &order_line::Model) -> bool {
    line.action == OrderAction::Change && line.previous_quantity != Some(line.quantity)
}

/// The subscription begins, an add-on in step with what it belongs to, with a license where the offer has an edition.
async fn buy(
    unit: &Unit,
    seller: &Seller,
    line: &order_line::Model,
    parent: Option<&subscription::Model>,
    subscription: &mut subscription::Model,
    origin: &Origin,
) -> Outcome<()> {
    let offer = unit.related::<offer::Entity>(line.offer_id).await?;
    let anchor_on = match parent {
        Some(parent) => {
            check_active(parent)?;
            Some(anchor_of(unit, seller, parent).await?)
        }
        None => None,
    };
    activate(unit, seller, subscription, line.starts_on, anchor_on, origin).await?;
    match offer.edition_id {
        Some(edition) => licenses::row::issue(unit, line.order_id, subscription, edition).await,
        None => Ok(()),
    }
}
