//! Taking back what waits for its day. Nobody has to approve that: it is as if it had not been asked for.

use domain::viewer::Scope;
use entity::{
    SubscriptionChangeId, SubscriptionChangeKind, SubscriptionId, subscription, subscription_change,
};
use sea_orm::EntityTrait;

use super::{
    bill, change,
    commitments::may_be_taken_back,
    course::{Course, is_pending},
    with_add_ons,
    write::Origin,
};
use crate::{
    error::{Current, Error, Outcome, Refusal, RefusalCode},
    services::{seller::Seller, subscriptions, unit::Unit, validate},
};

/// Which change is to be taken back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RevokeScheduledChange {
    pub(crate) change_id: SubscriptionChangeId,
}

/// Of which subscription a cancellation is to be taken back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RevokeCancellation {
    pub(crate) subscription_id: SubscriptionId,
    pub(crate) expected_version: Option<i64>,
}

/// Takes back a change that waits for its day; a subscription whose cancellation it was is active again. What is due by now
/// is billed first, with the changes whose day has come.
///
/// Refused with `SCHEDULED_CHANGE_NOT_FOUND`, with `SUBSCRIPTION_NOT_MODIFIABLE` where it is the seller's price and the
/// caller is not, or it is billed already, with `SCHEDULED_CHANGE_NOT_PENDING` and the change's status, with
/// `COMMITMENT_BINDS`, and as billing is.
pub(crate) async fn revoke_scheduled_change(
    unit: &Unit,
    command: RevokeScheduledChange,
) -> Outcome<SubscriptionChangeId> {
    let id = command.change_id;
    let before = unit.require::<subscription_change::Entity>(id, "id").await??;
    if before.kind == SubscriptionChangeKind::Price && unit.viewer.scope != Scope::Tenant {
        let message = "Prices are the seller's. The subscription can be cancelled.";
        return Err(Refusal::of(RefusalCode::SubscriptionNotModifiable, "id", message).into());
    }
    let mut subscription = subscriptions::row::lock(unit, before.subscription_id).await?;
    if revoke(unit, &mut subscription, |change| change.id == id).await? {
        return Ok(id);
    }
    // As it is after what was due.
    let change = subscription_change::Entity::find_by_id(id).one(&unit.txn).await?;
    let status = change.unwrap_or(before).status;
    let message = format!("The change is {status}. Only one that is PENDING can be taken back.");
    Err(not_pending(message, status.as_str(), subscription.version))
}

/// The same for the cancellation of a subscription that waits for its day. Refused with `SCHEDULED_CHANGE_NOT_PENDING` and
/// the subscription's status where there is none.
pub(crate) async fn revoke_cancellation(
    unit: &Unit,
    command: RevokeCancellation,
) -> Outcome<SubscriptionId> {
    let mut subscription = unit.lock::<subscription::Entity>(command.subscription_id).await?;
    validate::version(command.expected_version, subscription.version)?;
    let is_meant =
        |change: &subscription_change::Model| change.kind == SubscriptionChangeKind::Cancel;
    if revoke(unit, &mut subscription, is_meant).await? {
        return Ok(subscription.id);
    }
    let status = subscription.status;
    let message = format!("No cancellation is pending: the subscription is {status}.");
    Err(not_pending(message, status.as_str(), subscription.version))
}

fn not_pending(message: String, status: &'static str, version: i64) -> Error {
    let mut refusal = Refusal::of(RefusalCode::ScheduledChangeNotPending, "id", message);
    refusal.current = Some(Current { status: Some(status), version });
    refusal.into()
}

/// Takes the change back that is meant, if it waits; says whether it did.
async fn revoke(
    unit: &Unit,
    subscription: &mut subscription::Model,
    is_meant: impl Fn(&subscription_change::Model) -> bool + Send,
) -> Outcome<bool> {
    if subscription.activated_at.is_none() || subscription.ended_at.is_some() {
        return Ok(false);
    }
    let seller = Seller::load(unit).await?;
    let mut course = Course::load(unit, &seller, subscription).await?;
    Box::pin(bill::catch_up(unit, &seller, &mut course, subscription, unit.now)).await?;
    let meant = |change: &&subscription_change::Model| is_pending(change) && is_meant(change);
    let Some(meant) = course.changes.iter().find(meant).cloned() else { return Ok(false) };
    change::may_be_given_up(&course, &meant).map_err(|refusal| refusal.at("id"))?;
    may_be_taken_back(unit, &seller, &course, &meant, "id")?;
    let (from, origin) = (subscription.status, Origin::default());
    change::revoke(unit, &mut course, subscription, vec![meant], &origin).await?;
    // For the moment at which there is something to do next.
    Box::pin(bill::charge(unit, &seller, &mut course, subscription, unit.now, &origin)).await?;
    subscriptions::row::save(unit, None, None, subscription, from).await?;
    Box::pin(with_add_ons::wait_along(unit, &seller, subscription, &origin)).await?;
    Ok(true)
}
