//! Billing a subscription: what is due by a moment is carried out and charged, once.

use chrono::{DateTime, Utc};
use domain::{
    billing::{Cause, ChargeLine, Charges},
    subscription_life,
};
use entity::{
    EventKind, LicenseStatus, PriceModel, SubscriptionChangeKind, SubscriptionChangeStatus,
    SubscriptionId, SubscriptionStatus, offer, order, order_line, subscription,
    subscription_change,
};
use sea_orm::EntityTrait;

use super::{
    add_ons,
    course::{Course, has_cancellation, is_pending},
    plan_instance::{price_model, unit_amount},
    refusals::{failed, refused},
    write::{self, Billed, Origin},
};
use crate::{
    error::{Error, Outcome, Refusal, RefusalCode},
    services::{licenses, seller::Seller, subscriptions, unit::Unit},
};

/// So many periods may be caught up on at once.
pub(super) const MOST_PERIODS: usize = 36;
/// So many lines of one component of a subscription may be about one day.
const MOST_LINES_OF_A_DAY: usize = 15;

/// Carries out the changes of a subscription that are due by a moment, and charges what is due and not charged yet. Doing
/// it again, or at once elsewhere, changes nothing. Does nothing for a subscription that is not billed: one that has not
/// begun, has ended, or is on hold.
///
/// Refused where it cannot be billed: with `BILLING_LIMIT_EXCEEDED` where there is more to catch up on than looks right,
/// with `TAX_RATE_MISSING` and with `AMOUNT_TOO_LARGE`.
pub(crate) async fn bill(
    unit: &Unit,
    seller: &Seller,
    id: SubscriptionId,
    as_of: DateTime<Utc>,
) -> Outcome<Billed> {
    let mut subscription = subscriptions::row::lock(unit, id).await?;
    let is_due = subscription.next_billing_at.is_some_and(|at| at <= as_of);
    if !is_due || subscription.billing_hold_reason.is_some() {
        return Ok(Billed::default());
    }
    let mut course = Course::load(unit, seller, &subscription).await?;
    let billed = Box::pin(catch_up(unit, seller, &mut course, &mut subscription, as_of)).await?;
    subscriptions::row::touch(unit, &mut subscription).await?;
    Ok(billed)
}

/// The same with a course that is loaded; the caller writes the subscription.
pub(super) async fn catch_up(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
    as_of: DateTime<Utc>,
) -> Outcome<Billed> {
    if subscription.billing_hold_reason.is_some() {
        let message = "The subscription is on billing hold. Release it first.";
        return Err(Refusal::new(RefusalCode::BillingOnHold, message).into());
    }
    carry_out_due(unit, seller, course, subscription, as_of).await?;
    charge(unit, seller, course, subscription, as_of, &Origin::default()).await
}

/// Charges what is due by a moment; the caller writes the subscription.
pub(super) async fn charge(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
    as_of: DateTime<Utc>,
    origin: &Origin,
) -> Outcome<Billed> {
    let charges = course.charges(seller, as_of, |_| true).map_err(failed)?;
    check_lines(course, &charges)?;
    let today = course.day(seller, as_of)?;
    let ended = subscription.ended_at.is_some();
    let usage_on = charges.usage_on;
    let writing = write::write(unit, seller, course, subscription, charges, origin, today);
    let billed = Box::pin(writing).await?;
    if ended {
        // What was used before may be reported later.
        subscription.next_billing_at = usage_on.map(|day| seller.begins(day)).transpose()?;
    }
    if billed.periods > MOST_PERIODS {
        let message = format!("There are {} periods to catch up on.", billed.periods);
        return Err(Refusal::new(RefusalCode::BillingLimitExceeded, message).into());
    }
    if billed.periods > 0 && origin.line_id.is_none() {
        let event = subscriptions::row::about(EventKind::SubscriptionRenewed, subscription);
        unit.record(event).await?;
    }
    Ok(billed)
}

/// Refuses more lines about a day than look right. What was used in many periods may be reported on one, and what undoes a
/// purchase is about all days on which something was charged.
pub(super) fn check_lines(course: &Course, charges: &Charges) -> Result<(), Refusal> {
    let is_late_use = |line: &&ChargeLine| matches!(line.key.cause, Cause::Reported(_));
    let undoes = |line: &&ChargeLine| {
        write::change_of(course, line.key.cause).is_some_and(|change| change.undoes)
    };
    for line in charges.lines.iter().filter(|line| !is_late_use(line) && !undoes(line)) {
        let component = line.key.component;
        let alike = |other: &&ChargeLine| {
            other.due_on == line.due_on && other.key.component == component && !is_late_use(other)
        };
        let of_day = charges.lines.iter().filter(alike).count();
        let of_day = of_day + course.lines_due_on(line.due_on, component);
        if of_day > MOST_LINES_OF_A_DAY {
            let message = format!("{of_day} lines are due on {}.", line.due_on);
            return Err(Refusal::new(RefusalCode::BillingLimitExceeded, message));
        }
    }
    Ok(())
}

/// Carries out the changes that wait for a day that has come, in their order: cancellations of a day before others.
pub(super) async fn carry_out_due(
    unit: &Unit,
    seller: &Seller,
    course: &mut Course,
    subscription: &mut subscription::Model,
    as_of: DateTime<Utc>,
) -> Outcome<()> {
    let today = seller.day(as_of)?;
    while let Some(mut change) = course.next_pending(today, |_| true).cloned() {
        let origin = origin_of(unit, &change).await?;
        let at = seller.begins(change.takes_effect_on)?;
        let may = match may_be_carried_out(seller, course, subscription, &change, at) {
            Ok(()) => add_ons::may_go_along(unit, &change).await,
            refused => refused,
        };
        match may {
            Ok(()) => {
                change.status = SubscriptionChangeStatus::Executed;
                change.executed_at = Some(at);
                change.rounding_mode = seller.terms.rounding;
                save(unit, course, &mut change).await?;
                tell(unit, EventKind::ScheduledChangeExecuted, subscription, &change, &origin)
                    .await?;
                take_effect(unit, subscription, course, &change, &origin, at).await?;
            }
            Err(Error::Refused(refusals)) => {
                let reason = refusals.into_iter().map(|refusal| refusal.message).next();
                change.status = SubscriptionChangeStatus::Failed;
                change.failure_reason.clone_from(&reason);
                save(unit, course, &mut change).await?;
                let origin = Origin { reason, ..origin };
                tell(unit, EventKind::ScheduledChangeFailed, subscription, &change, &origin)
                    .await?;
            }
            Err(failed @ Error::Failed(_)) => return Err(failed),
        }
    }
    Ok(())
}

/// Refuses a change that the subscription's status, or what is charged, does not allow at a moment.
pub(super) fn may_be_carried_out(
    seller: &Seller,
    course: &Course,
    subscription: &subscription::Model,
    change: &subscription_change::Model,
    at: DateTime<Utc>,
) -> Outcome<()> {
    check_status(subscription, change.kind)?;
    let counts = |other: &subscription_change::Model| other.id == change.id || !is_pending(other);
    match course.charges(seller, at, counts) {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(error)),
    }
}

/// Refuses a change that the subscription's status does not allow.
pub(super) fn check_status(
    subscription: &subscription::Model,
    kind: SubscriptionChangeKind,
) -> Result<(), Refusal> {
    if subscription_life::next(subscription.status, action_of(kind)).is_some() {
        return Ok(());
    }
    Err(refuse_status(subscription))
}

/// A refusal that tells where the subscription is.
pub(crate) fn refuse_status(subscription: &subscription::Model) -> Refusal {
    let status = subscription.status;
    let first = if status == SubscriptionStatus::Suspended { " Resume it first." } else { "" };
    let message = format!("The subscription is {status}.{first}");
    Refusal::new(RefusalCode::SubscriptionNotModifiable, message)
}

/// What an order line does that asks for a change of this kind.
fn action_of(kind: SubscriptionChangeKind) -> entity::OrderAction {
    match kind {
        SubscriptionChangeKind::Terms | SubscriptionChangeKind::Price => {
            entity::OrderAction::Change
        }
        SubscriptionChangeKind::Suspend => entity::OrderAction::Suspend,
        SubscriptionChangeKind::Resume => entity::OrderAction::Resume,
        SubscriptionChangeKind::Cancel | SubscriptionChangeKind::AutoRenew => {
            entity::OrderAction::Cancel
        }
    }
}

/// Puts what a change has changed on the subscription and its license, and tells the log.
pub(super) async fn take_effect(
    unit: &Unit,
    subscription: &mut subscription::Model,
    course: &mut Course,
    change: &subscription_change::Model,
    origin: &Origin,
    at: DateTime<Utc>,
) -> Outcome<()> {
    let from = subscription.status;
    let status = match change.kind {
        SubscriptionChangeKind::Terms | SubscriptionChangeKind::Price => {
            subscription.quantity = change.quantity.unwrap_or(subscription.quantity);
            if let (Some(offer_id), Some(instance)) = (change.offer_id, &change.plan_instance) {
                subscription.offer_id = offer_id;
                subscription.plan_id = instance.selection.as_ref().map(|it| it.plan_id);
                subscription.plan_instance_now = Some(instance.clone());
                let step = instance.steps.first();
                if let Some(amount) = step.and_then(unit_amount) {
                    subscription.unit_amount = amount;
                }
                subscription.price_model = step.map_or(PriceModel::PerUnit, price_model);
                if let Some(component) = step.and_then(|step| step.components.first()) {
                    subscription.tax_basis_points = component.tax_basis_points;
                }
            }
            LicenseStatus::Active
        }
        SubscriptionChangeKind::Suspend => {
            subscription.status = SubscriptionStatus::Suspended;
            subscription.reason.clone_from(&origin.reason);
            LicenseStatus::Suspended
        }
        SubscriptionChangeKind::Resume => {
            subscription.status = if has_cancellation(course) {
                SubscriptionStatus::PendingCancel
            } else {
                SubscriptionStatus::Active
            };
            subscription.reason = None;
            LicenseStatus::Active
        }
        SubscriptionChangeKind::Cancel | SubscriptionChangeKind::AutoRenew => {
            subscription.status = if change.kind == SubscriptionChangeKind::Cancel {
                SubscriptionStatus::Terminated
            } else {
                SubscriptionStatus::Expired
            };
            subscription.ended_at = Some(at);
            subscription.ends_on = Some(change.takes_effect_on);
            LicenseStatus::Terminated
        }
    };
    subscriptions::row::save(unit, origin.order_id, origin.line_id, subscription, from).await?;
    let edition = match change.offer_id.filter(|_| change.kind == SubscriptionChangeKind::Terms) {
        Some(offer) => unit.related::<offer::Entity>(offer).await?.edition_id,
        None => None,
    };
    licenses::row::follow(unit, origin.order_id, subscription, status, edition).await?;
    if subscription.ended_at.is_some() {
        give_up_pending(unit, subscription, course).await?;
    }
    Ok(())
}

/// Nothing happens any more to a subscription that has ended.
async fn give_up_pending(
    unit: &Unit,
    subscription: &subscription::Model,
    course: &mut Course,
) -> Outcome<()> {
    let pending: Vec<_> =
        course.changes.iter().filter(|change| is_pending(change)).cloned().collect();
    for mut change in pending {
        change.status = SubscriptionChangeStatus::Failed;
        change.failure_reason = Some("The subscription has ended.".to_owned());
        save(unit, course, &mut change).await?;
        let origin = Origin { reason: change.failure_reason.clone(), ..Origin::default() };
        tell(unit, EventKind::ScheduledChangeFailed, subscription, &change, &origin).await?;
    }
    Ok(())
}

/// Writes a change back, and has the course know it as it is now.
pub(super) async fn save(
    unit: &Unit,
    course: &mut Course,
    change: &mut subscription_change::Model,
) -> Outcome<()> {
    change.updated_at = unit.now;
    unit.save(change.clone()).await?;
    course.replace(change);
    Ok(())
}

/// Tells the log of a change that waits or waited for its day.
pub(super) async fn tell(
    unit: &Unit,
    kind: EventKind,
    subscription: &subscription::Model,
    change: &subscription_change::Model,
    origin: &Origin,
) -> Outcome<()> {
    let mut event = subscriptions::row::about(kind, subscription)
        .by_order(origin.order_id)
        .with_reason(origin.reason.clone());
    if let Some(line) = change.order_line_id {
        event = event.with_line(line);
    }
    Ok(unit.record(event).await?)
}

/// The order that asked for a change.
async fn origin_of(unit: &Unit, change: &subscription_change::Model) -> Outcome<Origin> {
    let Some(line_id) = change.order_line_id else { return Ok(Origin::default()) };
    let found = order_line::Entity::find_by_id(line_id)
        .find_also_related(order::Entity)
        .one(&unit.txn)
        .await?;
    let order = found.and_then(|(_, order)| order);
    Ok(Origin {
        order_id: order.as_ref().map(|order| order.id),
        line_id: Some(line_id),
        external_reference: order.as_ref().and_then(|order| order.external_reference.clone()),
        reason: order.and_then(|order| order.reference),
    })
}
